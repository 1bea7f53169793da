-- +goose NO TRANSACTION
-- +goose Up
-- Whoever retires holds has said so first: what was decided before that day may go.
-- before_at is its midnight, UTC; deleted
-- counts rows.
CREATE TABLE IF NOT EXISTS retirements (
    id        TEXT PRIMARY KEY,
    before_at BIGINT NOT NULL,
    began_at  BIGINT NOT NULL,
    ended_at  BIGINT NOT NULL DEFAULT 0,
    holds     BIGINT NOT NULL DEFAULT 0,
    deleted   BIGINT NOT NULL DEFAULT 0
);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION holdfast_decision_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.feed IS NULL AND NEW.feed IS NOT NULL
           AND (OLD.hold_id, OLD.outcome, OLD.reason, OLD.author, OLD.decided_at)
             = (NEW.hold_id, NEW.outcome, NEW.reason, NEW.author, NEW.decided_at) THEN
            RETURN NEW;
        END IF;
    ELSIF EXISTS (SELECT 1 FROM retirements WHERE before_at > OLD.decided_at) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a decision is final';
END $$;
-- +goose StatementEnd

-- What points at a row is found by an index, or each that goes would be looked for in
-- all of the others. They are made while Holdfast writes; of a run that was broken off
-- an index is left that nothing uses.
DROP INDEX CONCURRENTLY IF EXISTS idempotency_hold;
CREATE INDEX CONCURRENTLY idempotency_hold ON idempotency (hold_id);
DROP INDEX CONCURRENTLY IF EXISTS answers_challenge;
CREATE INDEX CONCURRENTLY answers_challenge ON answers (challenge_id);
DROP INDEX CONCURRENTLY IF EXISTS misses_challenge;
CREATE INDEX CONCURRENTLY misses_challenge ON misses (challenge_id);
DROP INDEX CONCURRENTLY IF EXISTS approvals_of;
CREATE INDEX CONCURRENTLY approvals_of ON approvals (hold_id) WHERE hold_id <> '';
