-- +goose NO TRANSACTION
-- What customers may be told of accounts, how often they ask, and whom somebody outside
-- is to be asked about. Payments come in meanwhile: each step may be run again.

-- +goose Up
ALTER TABLE payee_lists ADD COLUMN IF NOT EXISTS public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1));
-- The digest once more, of a line that customers may be told of; else empty. A customer's
-- look reads these alone: it takes no longer where another list has the account.
ALTER TABLE payee_hits ADD COLUMN IF NOT EXISTS public_digest TEXT NOT NULL DEFAULT '';
-- Of a run that was broken off an index is left that nothing uses.
DROP INDEX CONCURRENTLY IF EXISTS payee_hits_public;
CREATE INDEX CONCURRENTLY payee_hits_public ON payee_hits (public_digest) WHERE public_digest <> '';

-- How often a customer asked, and how often an account was asked about, since the first
-- time of a day that begins with it.
CREATE TABLE IF NOT EXISTS payee_checks (
    subject TEXT PRIMARY KEY, -- customer:ID, or account: and the account's digest
    since   BIGINT NOT NULL,
    n       INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS payee_checks_since ON payee_checks (since);

-- Holds whose payee the bank's source is yet to be asked about.
CREATE TABLE IF NOT EXISTS payee_asks (
    hold_id  TEXT PRIMARY KEY,
    at       BIGINT NOT NULL, -- when it is due
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS payee_asks_at ON payee_asks (at);
