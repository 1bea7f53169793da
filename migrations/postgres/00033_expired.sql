-- +goose NO TRANSACTION
-- +goose Up
-- What a source said of payees for a time that is over, to be deleted. Payments come in
-- meanwhile; of a run that was broken off an index is left that nothing uses.
DROP INDEX CONCURRENTLY IF EXISTS payee_hits_expired;
CREATE INDEX CONCURRENTLY payee_hits_expired ON payee_hits (valid_to) WHERE edition = 'live' AND valid_to <> 0;
