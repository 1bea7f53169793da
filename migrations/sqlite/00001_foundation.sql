-- Times are Unix microseconds (BIGINT); zero means none. Invariants are held
-- by CHECK, UNIQUE and foreign keys, whatever the application believes.

-- +goose Up
CREATE TABLE clients (
    id         TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id         TEXT PRIMARY KEY,
    client_id  TEXT NOT NULL REFERENCES clients (id),
    digest     TEXT NOT NULL UNIQUE,
    scopes     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE customers (
    id         TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    name       TEXT NOT NULL,
    locale     TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    phrase     TEXT NOT NULL,
    frozen_at  BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE phones (
    customer_id TEXT NOT NULL REFERENCES customers (id),
    number      TEXT NOT NULL,
    since       BIGINT NOT NULL,
    PRIMARY KEY (customer_id, number)
);

CREATE TABLE devices (
    id          TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    name        TEXT NOT NULL,
    public_key  BLOB NOT NULL,
    since       BIGINT NOT NULL,
    enrolled_at BIGINT NOT NULL,
    revoked_at  BIGINT NOT NULL DEFAULT 0,
    UNIQUE (customer_id, public_key) -- a revoked key never comes back
);

-- What a new device signs to enrol, good once.
CREATE TABLE enrolments (
    nonce       TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    expires_at  BIGINT NOT NULL
);

CREATE TABLE sessions (
    digest      TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sessions_customer ON sessions (customer_id);

CREATE TABLE presence (
    device_id   TEXT PRIMARY KEY REFERENCES devices (id),
    customer_id TEXT NOT NULL,
    gateway     TEXT NOT NULL,
    seen_at     BIGINT NOT NULL
);
CREATE INDEX presence_customer ON presence (customer_id);

CREATE TABLE policies (
    version  TEXT PRIMARY KEY,
    source   BLOB NOT NULL,
    added_at BIGINT NOT NULL
);

CREATE TABLE holds (
    id                 TEXT PRIMARY KEY,
    client_id          TEXT NOT NULL REFERENCES clients (id),
    customer_id        TEXT NOT NULL REFERENCES customers (id),
    transaction_id     TEXT NOT NULL UNIQUE,
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
    CHECK ((status = 'held') = (decided_at = 0))
);
CREATE INDEX holds_customer ON holds (customer_id, id);
CREATE INDEX holds_look ON holds (look_at) WHERE status IN ('held', 'releasing', 'reversing');
CREATE INDEX holds_deadline ON holds (deadline) WHERE status = 'held';

CREATE TABLE idempotency (
    client_id   TEXT NOT NULL REFERENCES clients (id),
    key         TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    body_digest TEXT NOT NULL,
    hold_id     TEXT NOT NULL REFERENCES holds (id),
    reply       BLOB NOT NULL,
    PRIMARY KEY (client_id, key)
);

CREATE TABLE challenges (
    id          TEXT PRIMARY KEY,
    hold_id     TEXT NOT NULL REFERENCES holds (id),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    revision    INTEGER NOT NULL,
    rung        INTEGER NOT NULL,
    channel     TEXT NOT NULL CHECK (channel IN ('push', 'sms', 'facelink', 'callback')),
    status      TEXT NOT NULL CHECK (status IN ('open', 'answered', 'expired', 'undeliverable', 'cancelled')),
    cause       TEXT NOT NULL DEFAULT '',
    nonce       TEXT NOT NULL UNIQUE,
    tx_digest   TEXT NOT NULL,
    min_uv      TEXT NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    opened_at   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL DEFAULT 0,
    closed_at   BIGINT NOT NULL DEFAULT 0,
    answer      TEXT NOT NULL DEFAULT '' CHECK (answer IN ('', 'approve', 'deny', 'not_me')),
    UNIQUE (hold_id, revision, rung, channel),
    CHECK ((status = 'answered') = (answer <> ''))
);
CREATE INDEX challenges_open ON challenges (customer_id) WHERE status = 'open';
CREATE INDEX challenges_customer ON challenges (customer_id, opened_at);

CREATE TABLE answers (
    id           TEXT PRIMARY KEY,
    challenge_id TEXT NOT NULL REFERENCES challenges (id),
    device_id    TEXT NOT NULL,
    answer       TEXT NOT NULL CHECK (answer IN ('approve', 'deny', 'not_me')),
    uv           TEXT NOT NULL,
    proof_digest TEXT NOT NULL,
    late         TEXT NOT NULL DEFAULT '',
    at           BIGINT NOT NULL
);
-- One answer stands for a challenge, ever.
CREATE UNIQUE INDEX answers_standing ON answers (challenge_id) WHERE late = '';

CREATE TABLE receipts (
    challenge_id TEXT NOT NULL REFERENCES challenges (id),
    device_id    TEXT NOT NULL REFERENCES devices (id),
    at           BIGINT NOT NULL,
    PRIMARY KEY (challenge_id, device_id)
);

CREATE TABLE deliveries (
    id           TEXT PRIMARY KEY,
    challenge_id TEXT NOT NULL UNIQUE REFERENCES challenges (id),
    status       TEXT NOT NULL CHECK (status IN ('sending', 'sent', 'failed')),
    code         TEXT NOT NULL DEFAULT '',
    at           BIGINT NOT NULL
);

CREATE TABLE decisions (
    hold_id    TEXT PRIMARY KEY REFERENCES holds (id),
    outcome    TEXT NOT NULL CHECK (outcome IN ('release', 'reverse')),
    reason     TEXT NOT NULL,
    author     TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    feed       BIGINT UNIQUE
);
CREATE INDEX decisions_unfed ON decisions (decided_at) WHERE feed IS NULL;
CREATE TABLE feed_head (one INTEGER PRIMARY KEY CHECK (one = 1), feed BIGINT NOT NULL);
INSERT INTO feed_head VALUES (1, 0);

CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    hold_id      TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('start', 'wake')),
    due_at       BIGINT NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (due_at, id);
CREATE INDEX outbox_hold ON outbox (hold_id);

CREATE TABLE audit_heads (
    subject TEXT PRIMARY KEY,
    seq     BIGINT NOT NULL,
    hash    TEXT NOT NULL
);
CREATE TABLE audit_entries (
    subject TEXT NOT NULL,
    seq     BIGINT NOT NULL CHECK (seq >= 1),
    bytes   BLOB NOT NULL,
    hash    TEXT NOT NULL,
    PRIMARY KEY (subject, seq)
);

-- +goose StatementBegin
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END;
-- +goose StatementEnd

-- A decision never changes, but for its place in the feed, given once.
-- +goose StatementBegin
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions
WHEN NOT (OLD.feed IS NULL AND NEW.feed IS NOT NULL AND OLD.hold_id = NEW.hold_id
     AND OLD.outcome = NEW.outcome AND OLD.reason = NEW.reason
     AND OLD.author = NEW.author AND OLD.decided_at = NEW.decided_at)
BEGIN SELECT RAISE(ABORT, 'a decision is final'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'a decision is final'); END;
-- +goose StatementEnd
