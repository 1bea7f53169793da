-- What a customer stopped is opened again by two people, of whom the first had it on
-- record who the customer is: in which call. At the counter it is the document.

-- +goose Up
ALTER TABLE approvals ADD COLUMN call_id TEXT NOT NULL DEFAULT '';

-- FREEZE by text, as far as it brought a call: of each number, and of all (an empty
-- number_id) in one hour (Unix time in hours).
CREATE TABLE freeze_hours (
    hour      BIGINT NOT NULL,
    number_id TEXT NOT NULL,
    heard     INTEGER NOT NULL,
    PRIMARY KEY (hour, number_id)
);
CREATE INDEX emergencies_ended ON emergencies (ended_at) WHERE ended_at <> 0;

-- SQLite changes no CHECK: the table is made anew, and what refers to it is looked at when
-- it is full again.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE texts_1 AS SELECT * FROM texts;
DROP TABLE texts;
CREATE TABLE texts (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('challenge', 'reminder', 'outcome', 'enrolled', 'call_us', 'waits', 'wait_over', 'contact_asked', 'contact_told', 'contact_named',
        'contact_removed', 'lock_loosened', 'stopped', 'freeze_heard')),
    customer_id  TEXT NOT NULL REFERENCES customers (id),
    number_id    TEXT NOT NULL REFERENCES numbers (id),
    prefix       TEXT NOT NULL,
    hold_id      TEXT NOT NULL DEFAULT '',
    challenge_id TEXT NOT NULL DEFAULT '',
    rules        BLOB NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('waiting', 'sending', 'sent', 'delivered', 'failed', 'cancelled')),
    code         TEXT NOT NULL DEFAULT '',
    sends        INTEGER NOT NULL DEFAULT 0 CHECK (sends BETWEEN 0 AND 2),
    created_at   BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    contact_id   TEXT NOT NULL DEFAULT '',
    lock_id      TEXT NOT NULL DEFAULT ''
);
INSERT INTO texts (id, kind, customer_id, number_id, prefix, hold_id, challenge_id, rules, status, code, sends, created_at, until, contact_id, lock_id)
    SELECT id, kind, customer_id, number_id, prefix, hold_id, challenge_id, rules, status, code, sends, created_at, until, contact_id, lock_id FROM texts_1;
DROP TABLE texts_1;
CREATE INDEX texts_hold ON texts (hold_id) WHERE hold_id <> '';
CREATE INDEX texts_number ON texts (number_id, created_at);
CREATE INDEX texts_prefix ON texts (prefix, created_at) WHERE kind = 'challenge';
