-- What two people hand to the police or to the payee's bank, and what a payer or a payee
-- complains of.

-- +goose Up
-- A referral is asked for by one and agreed to by another, and can be read until then.
CREATE TABLE referrals (
    id          TEXT PRIMARY KEY,
    hold_id     TEXT NOT NULL REFERENCES holds (id),
    customer_id TEXT NOT NULL,
    recipient   TEXT NOT NULL CHECK (recipient IN ('police', 'payee_bank')),
    shows       TEXT NOT NULL, -- what is told whole, separated by blanks; all else is masked
    status      TEXT NOT NULL CHECK (status IN ('asked', 'approved', 'rejected', 'void', 'expired')),
    first       TEXT NOT NULL CHECK (first <> ''),
    reason      TEXT NOT NULL,
    second      TEXT NOT NULL DEFAULT '' CHECK (second <> first),
    answer      TEXT NOT NULL DEFAULT '',
    cause       TEXT NOT NULL DEFAULT '', -- why it is void
    asked_at    BIGINT NOT NULL,
    closed_at   BIGINT NOT NULL DEFAULT 0, -- when it stopped waiting for the second person
    until_at    BIGINT NOT NULL,           -- until then it waits, or can be read
    reads       INTEGER NOT NULL DEFAULT 0,
    CHECK ((status IN ('approved', 'rejected')) = (second <> '')),
    CHECK ((status = 'asked') = (closed_at = 0))
);
CREATE INDEX referrals_hold ON referrals (hold_id, asked_at);
CREATE INDEX referrals_first ON referrals (first, asked_at);
CREATE UNIQUE INDEX referrals_asked ON referrals (hold_id, recipient) WHERE status = 'asked';

-- A complaint is known by its client's own reference. Of an account there is the
-- payee's id alone, which is made of a keyed digest.
CREATE TABLE complaints (
    id          TEXT PRIMARY KEY,
    client_id   TEXT NOT NULL REFERENCES clients (id),
    reference   TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    about       TEXT NOT NULL CHECK (about IN ('payer', 'payee')), -- who complains
    hold_id     TEXT NOT NULL DEFAULT '',
    payee_id    TEXT NOT NULL DEFAULT '', -- empty: payees were not looked up
    customer_id TEXT NOT NULL DEFAULT '', -- who complains, where they are a customer
    reason      TEXT NOT NULL,
    received_at BIGINT NOT NULL, -- by the bank
    taken_at    BIGINT NOT NULL, -- here
    due_at      BIGINT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('open', 'upheld', 'rejected')),
    answered_by TEXT NOT NULL DEFAULT '',
    answer      TEXT NOT NULL DEFAULT '',
    closed_at   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (client_id, reference),
    CHECK (hold_id <> '' OR payee_id <> ''),
    CHECK ((status = 'open') = (closed_at = 0)),
    CHECK ((status = 'open') = (answered_by = ''))
);
CREATE INDEX complaints_due ON complaints (due_at, id) WHERE status = 'open';
CREATE INDEX complaints_closed ON complaints (closed_at, id) WHERE status <> 'open';
CREATE INDEX complaints_taken ON complaints (client_id, taken_at);
CREATE INDEX complaints_hold ON complaints (hold_id) WHERE hold_id <> '';
