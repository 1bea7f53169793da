package interview

// Via says who asked.
type Via string

const (
	ViaCustomer Via = "customer" // the app or a link's page
	ViaAgent    Via = "agent"    // somebody, aloud
)
