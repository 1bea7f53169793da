package interview

// Via says who asked.
type Via string

const (
	ViaCustomer Via = "customer" // in the app
	ViaAgent    Via = "agent"    // somebody, aloud
)
