-- Face checks: one-time links, the pictures, and the portraits they are held
-- against. Pictures are sealed before they come here.

-- +goose Up
-- digest is of the token. A challenge has three links at most, one alive.
CREATE TABLE links (
    digest       TEXT PRIMARY KEY,
    challenge_id TEXT NOT NULL REFERENCES challenges (id),
    n            INTEGER NOT NULL CHECK (n BETWEEN 1 AND 3),
    by_sms       INTEGER NOT NULL DEFAULT 0,
    expires_at   BIGINT NOT NULL,
    void_at      BIGINT NOT NULL DEFAULT 0,
    started_at   BIGINT NOT NULL DEFAULT 0, -- consumed, with consent and a camera
    cookie       TEXT NOT NULL DEFAULT '',  -- its digest: what the rest is bound to
    gesture      TEXT NOT NULL DEFAULT '',
    session      TEXT NOT NULL DEFAULT '',  -- at the vendor
    submitted_at BIGINT NOT NULL DEFAULT 0,
    judged_at    BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL,
    UNIQUE (challenge_id, n)
);
CREATE UNIQUE INDEX links_cookie ON links (cookie) WHERE cookie <> '';
CREATE UNIQUE INDEX links_session ON links (session) WHERE session <> '';

CREATE TABLE frames (
    link   TEXT NOT NULL REFERENCES links (digest),
    n      INTEGER NOT NULL CHECK (n BETWEEN 1 AND 3),
    sealed BLOB NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (link, n)
);

CREATE TABLE portraits (
    customer_id TEXT PRIMARY KEY REFERENCES customers (id),
    sealed      BLOB NOT NULL,
    digest      TEXT NOT NULL,
    put_at      BIGINT NOT NULL
);
