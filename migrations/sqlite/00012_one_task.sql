-- +goose Up
-- A message is sent by the instant at which it is needed: a wake now, a start as
-- its first rung ends. The rows of before are needed at once.
ALTER TABLE outbox ADD COLUMN wanted_at BIGINT NOT NULL DEFAULT 0;
-- One wake of a hold waits: the next raises its generation. wake_of is the hold;
-- NULL for every other message, and for the wakes of a version before.
ALTER TABLE outbox ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
ALTER TABLE outbox ADD COLUMN wake_of TEXT;
CREATE UNIQUE INDEX outbox_wake ON outbox (wake_of);
DROP INDEX outbox_due;
-- One that was never tried goes by that; one that was put off, or whose relay died, as
-- it is due again.
CREATE INDEX outbox_fresh ON outbox (wanted_at, id) WHERE attempts = 0;
CREATE INDEX outbox_tried ON outbox (due_at) WHERE attempts > 0;

-- What the workers have to ask customers with. Whoever accepts a hold opens its
-- first rung by it.
CREATE TABLE deployment (one INTEGER PRIMARY KEY CHECK (one = 1), rules BLOB NOT NULL);
