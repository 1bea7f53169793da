-- +goose Up
-- What a source said of payees for a time that is over, to be deleted.
CREATE INDEX payee_hits_expired ON payee_hits (valid_to) WHERE edition = 'live' AND valid_to <> 0;
