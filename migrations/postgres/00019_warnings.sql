-- +goose NO TRANSACTION
-- +goose Up
-- What supervisors ask by time: what was answered before paying, and what it came to.
-- Interviews are written meanwhile; of a run that was broken off an index is left that
-- nothing uses.
DROP INDEX CONCURRENTLY IF EXISTS interviews_answered;
CREATE INDEX CONCURRENTLY interviews_answered ON interviews (answered_at);
