package interview

// Via says who asked.
type Via string

const (
	ViaCustomer Via = "customer" // in the app
	ViaLink     Via = "link"     // on the page of a face check's link: whoever holds it
	ViaAgent    Via = "agent"    // somebody, aloud
	ViaCounter  Via = "counter"  // a clerk, aloud, with the customer before them
)
