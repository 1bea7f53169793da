-- +goose Up
-- A transaction's id is unique among its client's, and no client's takes
-- another's away. SQLite cannot drop a constraint: the table is made anew, and
-- what points at its rows is checked at the commit, when they are there again.
PRAGMA defer_foreign_keys = ON;
CREATE INDEX idempotency_hold ON idempotency (hold_id); -- or each row would be looked for in all of it
CREATE TABLE holds_10 AS SELECT * FROM holds;
DROP TABLE holds;
CREATE TABLE holds (
    id                 TEXT PRIMARY KEY,
    client_id          TEXT NOT NULL REFERENCES clients (id),
    customer_id        TEXT NOT NULL REFERENCES customers (id),
    transaction_id     TEXT NOT NULL,
    request            BLOB NOT NULL,
    terms              BLOB NOT NULL,
    tx_digest          TEXT NOT NULL,
    status             TEXT NOT NULL CHECK (status IN ('held', 'releasing', 'released', 'reversing', 'reversed')),
    revision           INTEGER NOT NULL CHECK (revision >= 1),
    deadline           BIGINT NOT NULL,
    accepted_at        BIGINT NOT NULL,
    rung               INTEGER NOT NULL DEFAULT -1,
    rung_opened_at     BIGINT NOT NULL DEFAULT 0,
    rung_ends_at       BIGINT NOT NULL DEFAULT 0,
    rung_first_ends_at BIGINT NOT NULL DEFAULT 0,
    decided_at         BIGINT NOT NULL DEFAULT 0,
    parked_at          BIGINT NOT NULL DEFAULT 0,
    look_at            BIGINT NOT NULL, -- when somebody has to look at it again
    suspected_at       INTEGER NOT NULL DEFAULT 0,
    CHECK ((status = 'held') = (decided_at = 0))
);
INSERT INTO holds SELECT * FROM holds_10;
DROP TABLE holds_10;
DROP INDEX idempotency_hold;
CREATE UNIQUE INDEX holds_transaction ON holds (transaction_id, client_id);
CREATE INDEX holds_customer ON holds (customer_id, id);
CREATE INDEX holds_look ON holds (look_at) WHERE status IN ('held', 'releasing', 'reversing');
CREATE INDEX holds_deadline ON holds (deadline) WHERE status = 'held';
-- A portrait is theirs since, by the bank's record.
ALTER TABLE portraits ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
UPDATE portraits SET since = put_at;
