-- What supervisors ask by time: decisions, and calls that were connected.

-- +goose Up
CREATE INDEX decisions_at ON decisions (decided_at);
CREATE INDEX calls_connected ON calls (connected_at) WHERE connected_at <> 0;
