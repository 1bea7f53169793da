-- Somebody whom a customer trusts.

-- +goose Up
-- Instants say where a contact stands: see contacts.Contact. A block changes no other
-- column, so that nothing else that is read tells of it.
CREATE TABLE contacts (
    id          TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    number_id   TEXT NOT NULL REFERENCES numbers (id),
    name        TEXT NOT NULL CHECK (name <> ''),
    source      TEXT NOT NULL CHECK (source IN ('bank', 'app')),
    named_at    BIGINT NOT NULL,
    named_by    TEXT NOT NULL,
    accepted_at BIGINT NOT NULL DEFAULT 0,
    accepted_by TEXT NOT NULL DEFAULT '',
    blocked_at  BIGINT NOT NULL DEFAULT 0,
    blocked_by  TEXT NOT NULL DEFAULT '',
    veto_at     BIGINT NOT NULL DEFAULT 0, -- when the customer wished that they may veto
    removed_at  BIGINT NOT NULL DEFAULT 0,
    removed_by  TEXT NOT NULL DEFAULT '',
    key_id      TEXT NOT NULL DEFAULT '', -- of the question's code
    digits      INTEGER NOT NULL DEFAULT 0,
    tries       INTEGER NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    CHECK ((accepted_at = 0) = (accepted_by = '')),
    CHECK ((blocked_at = 0) = (blocked_by = '')),
    CHECK ((removed_at = 0) = (removed_by = ''))
);
CREATE INDEX contacts_customer ON contacts (customer_id);
CREATE INDEX contacts_number ON contacts (number_id);
CREATE INDEX contacts_removed ON contacts (removed_at) WHERE removed_at <> 0 AND blocked_at = 0;
CREATE INDEX contacts_asked ON contacts (named_at) WHERE accepted_at = 0 AND removed_at = 0 AND blocked_at = 0;

-- What contacts were told of holds, and asked for.
CREATE TABLE contact_acts (
    id          TEXT PRIMARY KEY,
    contact_id  TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    hold_id     TEXT NOT NULL REFERENCES holds (id),
    act         TEXT NOT NULL CHECK (act IN ('call', 'text', 'veto')),
    actor       TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE UNIQUE INDEX contact_acts_one ON contact_acts (hold_id, act) WHERE act <> 'call';
CREATE INDEX contact_acts_hold ON contact_acts (hold_id);
CREATE INDEX contact_acts_customer ON contact_acts (customer_id, act, at);

-- Texts to contacts, and about them. contact_id is theirs. SQLite changes no CHECK: the
-- table is made anew, and what refers to it is looked at when it is full again.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE texts_1 AS SELECT * FROM texts;
DROP TABLE texts;
CREATE TABLE texts (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('challenge', 'reminder', 'outcome', 'enrolled', 'call_us', 'waits', 'wait_over', 'contact_asked', 'contact_told', 'contact_named',
        'contact_removed')),
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
    contact_id   TEXT NOT NULL DEFAULT ''
);
INSERT INTO texts (id, kind, customer_id, number_id, prefix, hold_id, challenge_id, rules, status, code, sends, created_at, until)
    SELECT id, kind, customer_id, number_id, prefix, hold_id, challenge_id, rules, status, code, sends, created_at, until FROM texts_1;
DROP TABLE texts_1;
CREATE INDEX texts_hold ON texts (hold_id) WHERE hold_id <> '';
CREATE INDEX texts_number ON texts (number_id, created_at);
CREATE INDEX texts_prefix ON texts (prefix, created_at) WHERE kind = 'challenge';
