-- +goose Up
-- Whoever retires holds has said so first: what was decided before that day may go.
-- before_at is its midnight, UTC; deleted
-- counts rows.
CREATE TABLE retirements (
    id        TEXT PRIMARY KEY,
    before_at BIGINT NOT NULL,
    began_at  BIGINT NOT NULL,
    ended_at  BIGINT NOT NULL DEFAULT 0,
    holds     BIGINT NOT NULL DEFAULT 0,
    deleted   BIGINT NOT NULL DEFAULT 0
);

DROP TRIGGER decisions_no_delete;
-- +goose StatementBegin
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions
WHEN NOT EXISTS (SELECT 1 FROM retirements WHERE before_at > OLD.decided_at)
BEGIN SELECT RAISE(ABORT, 'a decision is final'); END;
-- +goose StatementEnd

-- What points at a row is found by an index, or each that goes would be looked for in
-- all of the others.
CREATE INDEX idempotency_hold ON idempotency (hold_id);
CREATE INDEX answers_challenge ON answers (challenge_id);
CREATE INDEX misses_challenge ON misses (challenge_id);
CREATE INDEX approvals_of ON approvals (hold_id) WHERE hold_id <> '';
