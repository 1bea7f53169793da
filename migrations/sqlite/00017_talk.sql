-- The interview before paying, the warning, and the wait.

-- +goose Up
-- What came of talking to the customer before they pay: see hold.Talk.
ALTER TABLE holds ADD COLUMN interviewed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN warning_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN warning_passed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN agent_interviewed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN not_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN ask_anew_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN notice_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN talk_at BIGINT NOT NULL DEFAULT 0;
-- What a device last said of itself, as JSON, and when.
ALTER TABLE devices ADD COLUMN signals TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN signals_at BIGINT NOT NULL DEFAULT 0;

-- What was asked about a document, once by the app or a link and once by an agent,
-- what followed, and what of the warning was on the screen.
CREATE TABLE interviews (
    hold_id        TEXT NOT NULL REFERENCES holds (id),
    tx_digest      TEXT NOT NULL,
    via            TEXT NOT NULL CHECK (via IN ('customer', 'agent')),
    revision       INTEGER NOT NULL,
    scenario       TEXT NOT NULL,
    policy_version TEXT NOT NULL,
    author         TEXT NOT NULL,             -- device:<id>, link or agent:<sub>
    answers        TEXT NOT NULL,             -- JSON: [{"question": code, "answer": code}]
    signals        TEXT NOT NULL,             -- JSON
    level          TEXT NOT NULL CHECK (level IN ('none', 'warn', 'wait', 'talk', 'stop')),
    warning        TEXT NOT NULL DEFAULT '',  -- its code
    contradicted   TEXT NOT NULL,             -- JSON: codes of questions
    answered_at    BIGINT NOT NULL,
    locale         TEXT NOT NULL DEFAULT '',  -- of the warning that was shown
    warning_digest TEXT NOT NULL DEFAULT '',
    shown_seconds  INTEGER NOT NULL DEFAULT 0,
    choice         TEXT NOT NULL DEFAULT '' CHECK (choice IN ('', 'went_on', 'told', 'stopped')),
    chosen_at      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (hold_id, tx_digest, via)
);

-- The customer hears of the wait by text, and two people may end it. SQLite changes
-- no CHECK: the tables are made anew, and what refers to them is looked at when they
-- are full again.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE texts_1 AS SELECT * FROM texts;
DROP TABLE texts;
CREATE TABLE texts (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('challenge', 'reminder', 'outcome', 'enrolled', 'call_us', 'waits', 'wait_over')),
    customer_id  TEXT NOT NULL REFERENCES customers (id),
    number_id    TEXT NOT NULL REFERENCES numbers (id),
    prefix       TEXT NOT NULL,
    hold_id      TEXT NOT NULL DEFAULT '',
    challenge_id TEXT NOT NULL DEFAULT '',
    rules        BLOB NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('waiting', 'sending', 'sent', 'delivered', 'failed', 'cancelled')),
    code         TEXT NOT NULL DEFAULT '',
    sends        INTEGER NOT NULL DEFAULT 0 CHECK (sends BETWEEN 0 AND 2),
    created_at   BIGINT NOT NULL,
    until        BIGINT NOT NULL
);
INSERT INTO texts SELECT id, kind, customer_id, number_id, prefix, hold_id, challenge_id, rules, status, code, sends, created_at, until FROM texts_1;
DROP TABLE texts_1;
CREATE INDEX texts_hold ON texts (hold_id) WHERE hold_id <> '';
CREATE INDEX texts_number ON texts (number_id, created_at);
CREATE INDEX texts_prefix ON texts (prefix, created_at) WHERE kind = 'challenge';
CREATE TABLE approvals_1 AS SELECT * FROM approvals;
DROP TABLE approvals;
CREATE TABLE approvals (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('confirm', 'override', 'unfreeze', 'wait')),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    hold_id     TEXT NOT NULL DEFAULT '',
    task_id     TEXT NOT NULL DEFAULT '',
    revision    INTEGER NOT NULL DEFAULT 0,
    tx_digest   TEXT NOT NULL DEFAULT '',
    first       TEXT NOT NULL CHECK (first <> ''),
    reason      TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'void')),
    second      TEXT NOT NULL DEFAULT '' CHECK (second <> first),
    answer      TEXT NOT NULL DEFAULT '',
    cause       TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    closed_at   BIGINT NOT NULL DEFAULT 0,
    talk        INTEGER NOT NULL DEFAULT 0 CHECK (talk IN (0, 1)),
    CHECK ((status IN ('approved', 'rejected')) = (second <> '')),
    CHECK ((status = 'pending') = (closed_at = 0))
);
INSERT INTO approvals SELECT id, kind, customer_id, hold_id, task_id, revision, tx_digest, first, reason, status, second, answer, cause, created_at, closed_at, talk FROM approvals_1;
DROP TABLE approvals_1;
CREATE UNIQUE INDEX approvals_one ON approvals (kind, customer_id, hold_id) WHERE status = 'pending';
CREATE INDEX approvals_hold ON approvals (hold_id) WHERE status = 'pending';
CREATE INDEX approvals_first ON approvals (first) WHERE status = 'pending';
CREATE INDEX approvals_overrides ON approvals (hold_id) WHERE kind = 'override' AND status = 'approved';
CREATE INDEX approvals_of ON approvals (hold_id) WHERE hold_id <> '';
CREATE INDEX approvals_talk ON approvals (task_id) WHERE status = 'pending' AND talk = 1;
