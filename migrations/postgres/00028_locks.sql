-- The locks that customers set on their own payments, what is reserved of their limits,
-- and when they stopped everything.

-- +goose Up
-- A lock counts from an instant on, until another of its kind does. A change that loosens
-- waits; what ends it before it counts says why.
CREATE TABLE locks (
    id          TEXT PRIMARY KEY, -- lck_…
    customer_id TEXT NOT NULL REFERENCES customers (id),
    kind        TEXT NOT NULL CHECK (kind IN ('places', 'hours', 'limit', 'new_payees', 'ways', 'devices')),
    value       TEXT NOT NULL, -- JSON; empty: from then on there is none
    loosens     INTEGER NOT NULL CHECK (loosens IN (0, 1)),
    asked_at    BIGINT NOT NULL,
    asked_by    TEXT NOT NULL CHECK (asked_by <> ''),
    second      TEXT NOT NULL DEFAULT '' CHECK (second <> asked_by),
    from_at     BIGINT NOT NULL CHECK (from_at >= asked_at),
    ended_at    BIGINT NOT NULL DEFAULT 0,
    ended_by    TEXT NOT NULL DEFAULT '',
    cause       TEXT NOT NULL DEFAULT '', -- replaced, stopped, frozen, scam
    CHECK ((ended_at = 0) = (cause = ''))
);
CREATE INDEX locks_customer ON locks (customer_id) WHERE ended_at = 0;
CREATE INDEX locks_ended ON locks (ended_at) WHERE ended_at <> 0;

-- Parts of a counted limit: of payments that the bank asked about before it booked them.
CREATE TABLE reservations (
    id             TEXT PRIMARY KEY, -- rsv_…
    client_id      TEXT NOT NULL REFERENCES clients (id),
    key            TEXT NOT NULL, -- Idempotency-Key
    body_digest    TEXT NOT NULL,
    customer_id    TEXT NOT NULL REFERENCES customers (id),
    transaction_id TEXT NOT NULL DEFAULT '',
    kind           TEXT NOT NULL,
    minor          BIGINT NOT NULL CHECK (minor >= 0),
    currency       TEXT NOT NULL,
    day            TEXT NOT NULL, -- the customer's, YYYY-MM-DD
    status         TEXT NOT NULL CHECK (status IN ('reserved', 'booked', 'cancelled')),
    reserved_at    BIGINT NOT NULL,
    until_at       BIGINT NOT NULL, -- a reservation lapses then
    closed_at      BIGINT NOT NULL DEFAULT 0,
    UNIQUE (client_id, key),
    CHECK ((status = 'reserved') = (closed_at = 0))
);
CREATE INDEX reservations_day ON reservations (customer_id, day);
CREATE INDEX reservations_age ON reservations (reserved_at);

-- What stopped a hold's payment, and what it counts as on the customer's day. The latter
-- is told only of who has a limit a day.
ALTER TABLE holds ADD COLUMN locked TEXT NOT NULL DEFAULT ''; -- kinds of locks, blanks between
ALTER TABLE holds ADD COLUMN lock_action TEXT NOT NULL DEFAULT ''; -- refuse or ask; empty: no lock stops it
ALTER TABLE holds ADD COLUMN count_day TEXT NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN count_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN count_currency TEXT NOT NULL DEFAULT '';

-- Everything is stopped from one instant to the other.
CREATE TABLE emergencies (
    id          TEXT PRIMARY KEY, -- emg_…
    customer_id TEXT NOT NULL REFERENCES customers (id),
    route       TEXT NOT NULL CHECK (route IN ('app', 'agent', 'clerk', 'bank')),
    by_whom     TEXT NOT NULL CHECK (by_whom <> ''),
    at          BIGINT NOT NULL,
    did         TEXT NOT NULL, -- JSON: what was ended, by kind and number
    ended_at    BIGINT NOT NULL DEFAULT 0,
    ended_by    TEXT NOT NULL DEFAULT '',
    second      TEXT NOT NULL DEFAULT '',
    CHECK ((ended_at = 0) = (ended_by = ''))
);
CREATE UNIQUE INDEX emergencies_open ON emergencies (customer_id) WHERE ended_at = 0;
CREATE INDEX emergencies_customer ON emergencies (customer_id, at);
