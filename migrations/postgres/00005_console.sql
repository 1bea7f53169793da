-- Agents' sessions in the console.

-- +goose Up
-- digest is of the cookie. sealed are the tokens of the identity provider, under
-- a key that only the cookie gives; a session that has ended keeps none. version
-- counts their renewals; while renewing_until is ahead, somebody renews them.
CREATE TABLE console_sessions (
    digest         TEXT PRIMARY KEY,
    sub            TEXT NOT NULL REFERENCES agents (sub),
    sealed         BYTEA NOT NULL,
    version        INTEGER NOT NULL DEFAULT 0,
    renewing_until BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL,
    seen_at        BIGINT NOT NULL, -- when the person last did something
    ended_at       BIGINT NOT NULL DEFAULT 0,
    CHECK ((ended_at = 0) = (length(sealed) > 0))
);
CREATE INDEX console_sessions_open ON console_sessions (sub, digest) WHERE ended_at = 0;
CREATE INDEX console_sessions_ended ON console_sessions (ended_at);
