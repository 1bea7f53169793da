-- +goose NO TRANSACTION
-- +goose Up
-- What a case asks of who takes it comes first: a claim looks at the best of each
-- such kind, and not at what its agent may not take. Cases are written meanwhile; of
-- a run that was broken off an index is left that nothing uses.
DROP INDEX CONCURRENTLY IF EXISTS cases_claim;
CREATE INDEX CONCURRENTLY cases_claim ON cases (skill, expertise, language, priority DESC, deadline, id) WHERE status = 'waiting';
