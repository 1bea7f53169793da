-- What two people of the bank say of a payee, and what it comes to.

-- +goose Up
-- A verdict is asked by one and agreed to by another, is in force until it expires, and
-- is carried to the payee's holds one by one. A reversal of all that waits is asked for
-- and carried in the same way.
CREATE TABLE payee_verdicts (
    id            TEXT PRIMARY KEY,
    payee_id      TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('mule', 'cleared', 'reverse')),
    status        TEXT NOT NULL CHECK (status IN ('asked', 'in_force', 'rejected', 'ended', 'void')),
    first         TEXT NOT NULL CHECK (first <> ''),
    reason        TEXT NOT NULL,
    second        TEXT NOT NULL DEFAULT '' CHECK (second <> first),
    answer        TEXT NOT NULL DEFAULT '',
    cause         TEXT NOT NULL DEFAULT '', -- why it is void, or ended
    asked_at      BIGINT NOT NULL,
    closed_at     BIGINT NOT NULL DEFAULT 0, -- by the second person, or void
    until_at      BIGINT NOT NULL DEFAULT 0, -- when it expires
    recall_from   BIGINT NOT NULL DEFAULT 0, -- releases since then are proposed for recall
    ended_at      BIGINT NOT NULL DEFAULT 0,
    ended_by      TEXT NOT NULL DEFAULT '',  -- the verdict in its place; empty: it expired
    carried_to    TEXT NOT NULL DEFAULT '',  -- as far as it was carried
    carried       INTEGER NOT NULL DEFAULT 0, -- holds that it came to
    carried_at    BIGINT NOT NULL DEFAULT 0, -- when it had come to all; 0: it has not
    carried_until BIGINT NOT NULL DEFAULT 0, -- somebody is at it until then
    again_at      BIGINT NOT NULL DEFAULT 0, -- when to look once more for what came in meanwhile; 0: not
    CHECK ((status IN ('in_force', 'rejected', 'ended')) = (second <> '')),
    CHECK ((status = 'asked') = (closed_at = 0)),
    CHECK ((status = 'ended') = (ended_at <> 0))
);
CREATE INDEX payee_verdicts_payee ON payee_verdicts (payee_id, asked_at);
CREATE UNIQUE INDEX payee_verdicts_asked ON payee_verdicts (payee_id) WHERE status = 'asked';
CREATE UNIQUE INDEX payee_verdicts_force ON payee_verdicts (payee_id) WHERE status = 'in_force' AND kind <> 'reverse';
CREATE INDEX payee_verdicts_carry ON payee_verdicts (carried_until) WHERE status IN ('in_force', 'ended') AND (carried_at = 0 OR again_at <> 0);
CREATE INDEX payee_verdicts_until ON payee_verdicts (until_at) WHERE status = 'in_force';

-- Why somebody should look at a payee: an agent, a customer, or several who paid there.
CREATE TABLE payee_proposals (
    id       TEXT PRIMARY KEY,
    payee_id TEXT NOT NULL,
    source   TEXT NOT NULL CHECK (source IN ('agent', 'customer', 'payers')),
    author   TEXT NOT NULL,
    hold_id  TEXT NOT NULL DEFAULT '',
    reason   TEXT NOT NULL,
    at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX payee_proposals_one ON payee_proposals (payee_id, source, author, hold_id);
CREATE INDEX payee_proposals_at ON payee_proposals (at);

-- The verdict that was brought to a hold; empty: none, or it was lifted.
ALTER TABLE holds ADD COLUMN verdict_id TEXT NOT NULL DEFAULT '';
CREATE INDEX holds_verdict ON holds (verdict_id, accepted_at, id) WHERE verdict_id <> '';
