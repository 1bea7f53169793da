-- +goose Up
-- A subject may have 255 characters (OpenID Connect Core 1.0, section 2). SQLite
-- changes no CHECK: the table is made anew, and what points at its rows is
-- looked at when they are there again.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE agents_11 AS SELECT * FROM agents;
DROP TABLE agents;
CREATE TABLE agents (
    sub         TEXT PRIMARY KEY CHECK (length(sub) BETWEEN 1 AND 255),
    name        TEXT NOT NULL DEFAULT '',
    given_name  TEXT NOT NULL DEFAULT '',
    role        TEXT NOT NULL DEFAULT '',
    number_id   TEXT NOT NULL DEFAULT '',
    languages   TEXT NOT NULL DEFAULT '',
    customer_id TEXT NOT NULL DEFAULT '', -- who they are as a customer of the bank
    revoked_at  BIGINT NOT NULL DEFAULT 0,
    seen_at     BIGINT NOT NULL DEFAULT 0,
    spent_at    BIGINT NOT NULL DEFAULT 0, -- when a limit was reached last
    skills      TEXT NOT NULL DEFAULT '',
    urgent      INTEGER NOT NULL DEFAULT 0
);
INSERT INTO agents SELECT sub, name, given_name, role, number_id, languages, customer_id, revoked_at, seen_at, spent_at, skills, urgent FROM agents_11;
DROP TABLE agents_11;
