-- What an agent claims is no part of a proof: a second person speaks with the
-- customer themselves; a machine that answers is no talk.

-- +goose Up
-- A second person is to hear the customer in a call of their own.
ALTER TABLE approvals ADD COLUMN talk INTEGER NOT NULL DEFAULT 0 CHECK (talk IN (0, 1));
CREATE INDEX approvals_talk ON approvals (task_id) WHERE status = 'pending' AND talk = 1;
-- The agent who said what that person is to hear gets the case no more.
ALTER TABLE cases ADD COLUMN not_for TEXT NOT NULL DEFAULT '';
-- The provider heard a machine answer.
ALTER TABLE calls ADD COLUMN machine INTEGER NOT NULL DEFAULT 0;
-- The last case that an agent claimed was urgent.
ALTER TABLE agents ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
-- A customer who is frozen was promised a call. One such task a customer. SQLite
-- changes no CHECK: the table is made anew, and what refers to it is looked at
-- when it is full again.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE tasks_1 AS SELECT * FROM tasks;
DROP TABLE tasks;
CREATE TABLE tasks (
    id           TEXT PRIMARY KEY,
    case_id      TEXT NOT NULL REFERENCES cases (id),
    customer_id  TEXT NOT NULL REFERENCES customers (id),
    hold_id      TEXT NOT NULL DEFAULT '',
    challenge_id TEXT NOT NULL DEFAULT '',
    kind         TEXT NOT NULL CHECK (kind IN ('callback', 'face', 'freeze', 'help', 'inbound', 'reply')),
    revision     INTEGER NOT NULL DEFAULT 0,
    status       TEXT NOT NULL CHECK (status IN ('open', 'review', 'closed')),
    priority     INTEGER NOT NULL,
    deadline     BIGINT NOT NULL,
    ready_at     BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    attempt      INTEGER NOT NULL DEFAULT 0,
    language     TEXT NOT NULL,
    skill        TEXT NOT NULL DEFAULT '',
    reason       TEXT NOT NULL DEFAULT '',   -- the risk engine's first code
    scam         INTEGER NOT NULL DEFAULT 0, -- an agent suspects one
    lease        INTEGER NOT NULL DEFAULT 0,
    cause        TEXT NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    closed_at    BIGINT NOT NULL DEFAULT 0,
    ready_until  BIGINT NOT NULL DEFAULT 0,
    CHECK ((status = 'closed') = (closed_at <> 0))
);
INSERT INTO tasks SELECT id, case_id, customer_id, hold_id, challenge_id, kind, revision, status, priority, deadline, ready_at, due_at, attempt,
    language, skill, reason, scam, lease, cause, created_at, closed_at, ready_until FROM tasks_1;
DROP TABLE tasks_1;
CREATE UNIQUE INDEX tasks_challenge ON tasks (challenge_id) WHERE challenge_id <> '' AND status <> 'closed';
CREATE INDEX tasks_challenges ON tasks (challenge_id) WHERE challenge_id <> '';
CREATE UNIQUE INDEX tasks_loose ON tasks (case_id, kind) WHERE hold_id = '' AND status <> 'closed';
CREATE UNIQUE INDEX tasks_urgent ON tasks (case_id) WHERE kind IN ('freeze', 'help') AND status <> 'closed';
CREATE INDEX tasks_case ON tasks (case_id);
CREATE INDEX tasks_hold ON tasks (hold_id) WHERE hold_id <> '';
CREATE INDEX tasks_hours ON tasks (ready_until) WHERE status = 'open' AND ready_until <> 0;
