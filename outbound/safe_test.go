package outbound_test

import (
	"testing"

	"holdfast/outbound"
)

// What is said to a provider, a vendor or the bank is said where nobody on the way
// can read or change it.
func TestAddressesAreSafe(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"https://id.bank.example": true, "http://127.0.0.1:8090": true, "http://[::1]:1": true,
		"http://127.0.0.9/wake": true, "http://localhost:8090/realms/bank": true, "http://id.bank.example": false, "http://10.0.0.7": false,
		"http://localhost.evil.test": false, "ftp://127.0.0.1": false, "ws://127.0.0.1": false, "https://": false, "https://:443": false,
		"": false, "127.0.0.1": false, "//id.bank.example": false, "https://name:word@id.bank.example": false,
		"https://id.bank.example/#x": false} {
		if got := outbound.Safe(address); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}
