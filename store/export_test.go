package store

import (
	"context"
	"testing"
)

// Parameters reads what a connection of the store has its parameters at.
func Parameters(t *testing.T, dsn string, into map[string]*string) error {
	t.Helper()
	s, err := Open(context.Background(), dsn, Options{})
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // a test's own
	for name, to := range into {
		if err := s.get(context.Background(), to, "SHOW "+name); err != nil {
			return err
		}
	}
	return nil
}
