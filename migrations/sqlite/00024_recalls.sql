-- Asking for money back that went: proposed, confirmed by an agent, asked for at the
-- payee's bank, and what came of it.

-- +goose Up
-- One a hold. Nothing refers to holds by a key: that would lock them here together with
-- the outbox below.
CREATE TABLE recall_requests (
    id             TEXT PRIMARY KEY,
    hold_id        TEXT NOT NULL UNIQUE,
    customer_id    TEXT NOT NULL,
    source         TEXT NOT NULL CHECK (source IN ('not_me', 'scammed', 'verdict', 'payee', 'complaint')),
    verdict_id     TEXT NOT NULL DEFAULT '',
    status         TEXT NOT NULL CHECK (status IN ('proposed', 'declined', 'requested', 'accepted', 'returned', 'refused')),
    amount_minor   BIGINT NOT NULL CHECK (amount_minor > 0), -- of the payment
    currency       TEXT NOT NULL,
    proposed_at    BIGINT NOT NULL,
    proposed_by    TEXT NOT NULL,
    decided_at     BIGINT NOT NULL DEFAULT 0,
    decided_by     TEXT NOT NULL DEFAULT '', -- an agent, or the customer where the policy says so
    reason         TEXT NOT NULL DEFAULT '',
    requested_at   BIGINT NOT NULL DEFAULT 0, -- the bank's endpoint has it
    parked_at      BIGINT NOT NULL DEFAULT 0,
    parked_code    TEXT NOT NULL DEFAULT '',
    attempts       INTEGER NOT NULL DEFAULT 0,
    look_at        BIGINT NOT NULL DEFAULT 0, -- when somebody should have asked again
    returned_minor BIGINT NOT NULL DEFAULT 0,
    reference      TEXT NOT NULL DEFAULT '', -- of the bank's newest report
    reason_code    TEXT NOT NULL DEFAULT '', -- the same: a code of ISO 20022
    updated_at     BIGINT NOT NULL,
    CHECK ((status = 'proposed') = (decided_at = 0)),
    CHECK ((status = 'returned') = (returned_minor > 0)),
    CHECK (returned_minor BETWEEN 0 AND amount_minor),
    CHECK ((parked_at = 0) = (parked_code = ''))
);
CREATE INDEX recall_requests_status ON recall_requests (status, id);
CREATE INDEX recall_requests_customer ON recall_requests (customer_id);
CREATE INDEX recall_requests_look ON recall_requests (look_at) WHERE status = 'requested' AND requested_at = 0 AND parked_at = 0;

-- What the bank said of a recall: each word once.
CREATE TABLE recall_reports (
    recall_id   TEXT NOT NULL REFERENCES recall_requests (id),
    reference   TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('accepted', 'returned', 'refused')),
    minor       BIGINT NOT NULL CHECK ((status = 'returned') = (minor > 0)),
    reason_code TEXT NOT NULL DEFAULT '',
    author      TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (recall_id, reference, status)
);

-- A recall has a workflow of its own.
ALTER TABLE outbox RENAME TO outbox_1;
DROP INDEX outbox_hold;
DROP INDEX outbox_wake;
DROP INDEX outbox_fresh;
DROP INDEX outbox_tried;
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_id TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('start', 'wake', 'text', 'call', 'recall')),
    due_at      BIGINT NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    wanted_at   BIGINT NOT NULL DEFAULT 0,
    generation  INTEGER NOT NULL DEFAULT 1,
    wake_of     TEXT
);
INSERT INTO outbox SELECT id, workflow_id, kind, due_at, attempts, wanted_at, generation, wake_of FROM outbox_1;
DROP TABLE outbox_1;
CREATE INDEX outbox_hold ON outbox (workflow_id);
CREATE UNIQUE INDEX outbox_wake ON outbox (wake_of);
CREATE INDEX outbox_fresh ON outbox (wanted_at, id) WHERE attempts = 0;
CREATE INDEX outbox_tried ON outbox (due_at) WHERE attempts > 0;
