package migrations

// Provider is for tests that stop at an older version.
var Provider = provider
