-- What is known of payees. No account is kept here: only keyed digests of accounts.

-- +goose Up
-- A payee that a held payment went to, by each of the digests that it was seen under.
CREATE TABLE payees (
    digest     TEXT PRIMARY KEY CHECK (length(digest) = 64),
    key_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    first_seen INTEGER NOT NULL
);
CREATE INDEX payees_id ON payees (id);

-- Lists of payees. An import fills an edition of its own, and the list has it at once,
-- or not at all.
CREATE TABLE payee_lists (
    name       TEXT PRIMARY KEY,
    edition    TEXT NOT NULL DEFAULT '', -- in force; empty: none is
    lines      INTEGER NOT NULL DEFAULT 0,
    in_force   INTEGER NOT NULL DEFAULT 0,
    author     TEXT NOT NULL DEFAULT '',
    key_id     TEXT NOT NULL DEFAULT '', -- by which its lines are kept; empty: it has none
    filling    TEXT NOT NULL DEFAULT '', -- the edition that is being imported; empty: none is
    filled_at  INTEGER NOT NULL DEFAULT 0 -- when it last grew
);
CREATE TABLE payee_hits (
    list       TEXT NOT NULL REFERENCES payee_lists (name),
    edition    TEXT NOT NULL,
    ref        TEXT NOT NULL,
    digest     TEXT NOT NULL CHECK (length(digest) = 64),
    key_id     TEXT NOT NULL,
    category   TEXT NOT NULL,
    strength   TEXT NOT NULL CHECK (strength IN ('reported', 'confirmed')),
    reporters  INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to   INTEGER NOT NULL,
    PRIMARY KEY (list, edition, ref)
);
CREATE INDEX payee_hits_digest ON payee_hits (digest);
-- Editions that nothing needs any more, until their lines are deleted.
CREATE TABLE payee_editions_dead (
    list       TEXT NOT NULL REFERENCES payee_lists (name),
    edition    TEXT NOT NULL,
    PRIMARY KEY (list, edition)
);

-- To whom a hold's payment goes; empty: payees were not looked up.
ALTER TABLE holds ADD COLUMN payee_id TEXT NOT NULL DEFAULT '';
