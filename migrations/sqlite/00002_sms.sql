-- Text messages: the numbers they go to, each attempt, what the provider said,
-- what customers replied, and everything that is counted.

-- +goose Up
-- The one place that keeps phone numbers. An opt-out is the number's, whoever's
-- record it stands on. country, prefix and line are by the numbering plan; an
-- empty country gets no texts until the bank puts the customer again.
CREATE TABLE numbers (
    id           TEXT PRIMARY KEY,
    number       TEXT NOT NULL UNIQUE,
    country      TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    line         TEXT NOT NULL CHECK (line IN ('mobile', 'fixed', 'voip', 'other', 'unknown')),
    opted_out_at BIGINT NOT NULL DEFAULT 0
);
INSERT INTO numbers (id, number, country, prefix, line)
    SELECT 'num_' || lower(hex(randomblob(16))), number, '', substr(number, 2, 5), 'unknown' FROM (SELECT DISTINCT number FROM phones) AS every;

ALTER TABLE phones RENAME TO phones_1;
CREATE TABLE phones (
    customer_id TEXT NOT NULL REFERENCES customers (id),
    number_id   TEXT NOT NULL REFERENCES numbers (id),
    since       BIGINT NOT NULL,
    PRIMARY KEY (customer_id, number_id)
);
INSERT INTO phones SELECT p.customer_id, n.id, p.since FROM phones_1 p JOIN numbers n ON n.number = p.number;
DROP TABLE phones_1;
CREATE INDEX phones_number ON phones (number_id);

-- Wrong codes in a row, and since when they are counted.
ALTER TABLE customers ADD COLUMN misses_row INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN misses_since BIGINT NOT NULL DEFAULT 0;

ALTER TABLE challenges ADD COLUMN number_id TEXT NOT NULL DEFAULT '';
ALTER TABLE challenges ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE challenges ADD COLUMN digits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE challenges ADD COLUMN tries INTEGER NOT NULL DEFAULT 0 CHECK (tries <= 3);
ALTER TABLE challenges ADD COLUMN reply_tries INTEGER NOT NULL DEFAULT 0 CHECK (reply_tries <= 5);
CREATE INDEX challenges_number ON challenges (number_id) WHERE status = 'open' AND number_id <> '';

CREATE TABLE misses (
    customer_id  TEXT NOT NULL REFERENCES customers (id),
    hold_id      TEXT NOT NULL REFERENCES holds (id),
    challenge_id TEXT NOT NULL REFERENCES challenges (id),
    number_id    TEXT NOT NULL REFERENCES numbers (id),
    source       TEXT NOT NULL CHECK (source IN ('app', 'reply')),
    at           BIGINT NOT NULL
);
CREATE INDEX misses_customer ON misses (customer_id, at);
CREATE INDEX misses_hold ON misses (hold_id);
CREATE INDEX misses_number ON misses (number_id, at);

-- One row a text. sends counts the times that the provider may have taken it.
CREATE TABLE texts (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('challenge', 'reminder', 'outcome', 'enrolled', 'call_us')),
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
    until        BIGINT NOT NULL
);
CREATE INDEX texts_hold ON texts (hold_id) WHERE hold_id <> '';
CREATE INDEX texts_number ON texts (number_id, created_at);
CREATE INDEX texts_prefix ON texts (prefix, created_at) WHERE kind = 'challenge';

-- The provider's ids of a text, and how far each has come: rank only rises.
CREATE TABLE sids (
    sid     TEXT PRIMARY KEY,
    text_id TEXT NOT NULL REFERENCES texts (id),
    rank    INTEGER NOT NULL,
    state   TEXT NOT NULL
);
CREATE INDEX sids_text ON sids (text_id);

-- What the provider has called about: the same twice is a replay.
CREATE TABLE callbacks (
    sid   TEXT NOT NULL,
    state TEXT NOT NULL,
    at    BIGINT NOT NULL,
    PRIMARY KEY (sid, state)
);

CREATE TABLE replies (
    sid       TEXT PRIMARY KEY,
    number_id TEXT NOT NULL REFERENCES numbers (id),
    said      TEXT NOT NULL,
    at        BIGINT NOT NULL
);

-- Texts with a code to one prefix in one hour (Unix time in hours).
CREATE TABLE prefix_hours (
    prefix TEXT NOT NULL,
    hour   BIGINT NOT NULL,
    texts  INTEGER NOT NULL,
    PRIMARY KEY (prefix, hour)
);

-- A text has a workflow of its own.
ALTER TABLE outbox RENAME TO outbox_1;
DROP INDEX outbox_due;
DROP INDEX outbox_hold;
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_id TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('start', 'wake', 'text')),
    due_at      BIGINT NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0
);
INSERT INTO outbox SELECT * FROM outbox_1;
DROP TABLE outbox_1;
CREATE INDEX outbox_due ON outbox (due_at, id);
CREATE INDEX outbox_hold ON outbox (workflow_id);
