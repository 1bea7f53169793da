-- +goose Up
-- What supervisors ask by time: what was answered before paying, and what it came to.
CREATE INDEX interviews_answered ON interviews (answered_at);
