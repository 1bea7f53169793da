package interview

// Via says who asked.
type Via string

const (
	ViaCustomer Via = "customer" // in the app
	ViaAgent    Via = "agent"    // somebody, aloud
	ViaCounter  Via = "counter"  // a clerk, aloud, with the customer before them
)
