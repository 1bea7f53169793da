-- +goose NO TRANSACTION
-- +goose Up
-- How many payments to one payee were held. Holds come in meanwhile; of a run that was
-- broken off an index is left that nothing uses.
DROP INDEX CONCURRENTLY IF EXISTS holds_payee;
CREATE INDEX CONCURRENTLY holds_payee ON holds (payee_id, accepted_at) WHERE payee_id <> '';
