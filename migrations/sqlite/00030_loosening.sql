-- How locks are loosened: the way by which they are set, the texts that tell of it, and
-- what waits for a second person.

-- +goose Up
ALTER TABLE locks ADD COLUMN route TEXT NOT NULL DEFAULT 'bank' CHECK (route IN ('app', 'agent', 'clerk', 'bank'));
CREATE INDEX locks_loosened ON locks (customer_id, asked_at) WHERE loosens = 1;

-- What a text tells of; empty: no lock. SQLite changes no CHECK: the tables are made anew,
-- and what refers to them is looked at when they are full again.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE texts_1 AS SELECT * FROM texts;
DROP TABLE texts;
CREATE TABLE texts (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('challenge', 'reminder', 'outcome', 'enrolled', 'call_us', 'waits', 'wait_over', 'contact_asked', 'contact_told', 'contact_named',
        'contact_removed', 'lock_loosened')),
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
INSERT INTO texts (id, kind, customer_id, number_id, prefix, hold_id, challenge_id, rules, status, code, sends, created_at, until, contact_id)
    SELECT id, kind, customer_id, number_id, prefix, hold_id, challenge_id, rules, status, code, sends, created_at, until, contact_id FROM texts_1;
DROP TABLE texts_1;
CREATE INDEX texts_hold ON texts (hold_id) WHERE hold_id <> '';
CREATE INDEX texts_number ON texts (number_id, created_at);
CREATE INDEX texts_prefix ON texts (prefix, created_at) WHERE kind = 'challenge';

-- Of a wish to loosen: the kind of lock, the lock that is wished for (JSON; empty: none)
-- and the one that the first person saw.
CREATE TABLE approvals_1 AS SELECT * FROM approvals;
DROP TABLE approvals;
CREATE TABLE approvals (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('confirm', 'override', 'unfreeze', 'wait', 'loosen')),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    hold_id     TEXT NOT NULL DEFAULT '',
    task_id     TEXT NOT NULL DEFAULT '',
    revision    INTEGER NOT NULL DEFAULT 0,
    tx_digest   TEXT NOT NULL DEFAULT '',
    first       TEXT NOT NULL CHECK (first <> ''),
    reason      TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'void')),
    second      TEXT NOT NULL DEFAULT '' CHECK (second <> first),
    answer      TEXT NOT NULL DEFAULT '',
    cause       TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    closed_at   BIGINT NOT NULL DEFAULT 0,
    talk        INTEGER NOT NULL DEFAULT 0 CHECK (talk IN (0, 1)),
    document    TEXT NOT NULL DEFAULT '' CHECK (document IN ('', 'passport', 'id_card', 'driving_licence')),
    lock_kind   TEXT NOT NULL DEFAULT '',
    lock_value  TEXT NOT NULL DEFAULT '',
    lock_id     TEXT NOT NULL DEFAULT '',
    CHECK ((status IN ('approved', 'rejected')) = (second <> '')),
    CHECK ((status = 'pending') = (closed_at = 0))
);
INSERT INTO approvals (id, kind, customer_id, hold_id, task_id, revision, tx_digest, first, reason, status, second, answer, cause, created_at, closed_at, talk, document)
    SELECT id, kind, customer_id, hold_id, task_id, revision, tx_digest, first, reason, status, second, answer, cause, created_at, closed_at, talk, document FROM approvals_1;
DROP TABLE approvals_1;
CREATE UNIQUE INDEX approvals_one ON approvals (kind, customer_id, hold_id, lock_kind) WHERE status = 'pending';
CREATE INDEX approvals_hold ON approvals (hold_id) WHERE status = 'pending';
CREATE INDEX approvals_first ON approvals (first) WHERE status = 'pending';
CREATE INDEX approvals_overrides ON approvals (hold_id) WHERE kind = 'override' AND status = 'approved';
CREATE INDEX approvals_of ON approvals (hold_id) WHERE hold_id <> '';
CREATE INDEX approvals_talk ON approvals (task_id) WHERE status = 'pending' AND talk = 1;
