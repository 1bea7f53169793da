-- The call-back queue: agents, what waits for them, who has it, and what came
-- of it; calls; and what takes a second person.

-- +goose Up
-- An agent as the identity provider names them. languages is blank-separated,
-- empty for every one. A token issued before revoked_at is nobody's.
CREATE TABLE agents (
    sub         TEXT PRIMARY KEY CHECK (length(sub) BETWEEN 1 AND 128),
    name        TEXT NOT NULL DEFAULT '',
    given_name  TEXT NOT NULL DEFAULT '',
    role        TEXT NOT NULL DEFAULT '',
    number_id   TEXT NOT NULL DEFAULT '',
    languages   TEXT NOT NULL DEFAULT '',
    customer_id TEXT NOT NULL DEFAULT '', -- who they are as a customer of the bank
    revoked_at  BIGINT NOT NULL DEFAULT 0,
    seen_at     BIGINT NOT NULL DEFAULT 0,
    spent_at    BIGINT NOT NULL DEFAULT 0  -- when a limit was reached last
);

-- One customer's open work: what is leased. until is the lease's end, or when
-- to call back. lease counts the leases so far.
CREATE TABLE cases (
    id               TEXT PRIMARY KEY,
    customer_id      TEXT NOT NULL REFERENCES customers (id),
    status           TEXT NOT NULL CHECK (status IN ('waiting', 'leased', 'later', 'review', 'closed')),
    priority         INTEGER NOT NULL,
    deadline         BIGINT NOT NULL,
    due_at           BIGINT NOT NULL,
    until            BIGINT NOT NULL DEFAULT 0,
    agent            TEXT NOT NULL DEFAULT '',
    lease            INTEGER NOT NULL DEFAULT 0,
    language         TEXT NOT NULL,
    skill            TEXT NOT NULL DEFAULT '' CHECK (skill IN ('', 'supervisor')),
    inbound_lease    INTEGER NOT NULL DEFAULT 0,
    identified_lease INTEGER NOT NULL DEFAULT 0,
    digits           TEXT NOT NULL DEFAULT '', -- what the customer reads out, of this lease
    tries            INTEGER NOT NULL DEFAULT 0 CHECK (tries <= 3), -- of this lease
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    CHECK ((status = 'leased') = (agent <> ''))
);
-- One case a customer, and so one agent.
CREATE UNIQUE INDEX cases_one ON cases (customer_id) WHERE status <> 'closed';
CREATE INDEX cases_queue ON cases (priority DESC, deadline, id) WHERE status = 'waiting';
CREATE INDEX cases_until ON cases (until) WHERE status IN ('leased', 'later');
CREATE INDEX cases_changed ON cases (updated_at);
CREATE INDEX cases_agent ON cases (agent) WHERE agent <> '';

CREATE TABLE leases (
    case_id  TEXT NOT NULL REFERENCES cases (id),
    lease    INTEGER NOT NULL,
    agent    TEXT NOT NULL REFERENCES agents (sub),
    began_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, lease)
);

-- lease is the one in which the task was worked on last.
CREATE TABLE tasks (
    id           TEXT PRIMARY KEY,
    case_id      TEXT NOT NULL REFERENCES cases (id),
    customer_id  TEXT NOT NULL REFERENCES customers (id),
    hold_id      TEXT NOT NULL DEFAULT '',
    challenge_id TEXT NOT NULL DEFAULT '',
    kind         TEXT NOT NULL CHECK (kind IN ('callback', 'face', 'help', 'inbound', 'reply')),
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
    CHECK ((status = 'closed') = (closed_at <> 0))
);
CREATE UNIQUE INDEX tasks_challenge ON tasks (challenge_id) WHERE challenge_id <> '' AND status <> 'closed';
CREATE INDEX tasks_challenges ON tasks (challenge_id) WHERE challenge_id <> '';
CREATE UNIQUE INDEX tasks_loose ON tasks (case_id, kind) WHERE hold_id = '' AND status <> 'closed';
CREATE INDEX tasks_case ON tasks (case_id);
CREATE INDEX tasks_hold ON tasks (hold_id) WHERE hold_id <> '';

-- What agents said of a task. Notes stay here; the trail has their digest. One
-- that is final stands alone.
CREATE TABLE dispositions (
    id          TEXT PRIMARY KEY,
    task_id     TEXT NOT NULL REFERENCES tasks (id),
    lease       INTEGER NOT NULL,
    agent       TEXT NOT NULL REFERENCES agents (sub),
    disposition TEXT NOT NULL,
    final       INTEGER NOT NULL,
    note        TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE UNIQUE INDEX dispositions_final ON dispositions (task_id) WHERE final = 1;
CREATE INDEX dispositions_task ON dispositions (task_id);

-- What an agent looked at or opened that is bounded by the hour.
CREATE TABLE looks (
    agent TEXT NOT NULL REFERENCES agents (sub),
    kind  TEXT NOT NULL CHECK (kind IN ('unmask', 'inbound')),
    at    BIGINT NOT NULL
);
CREATE INDEX looks_agent ON looks (agent, kind, at);

CREATE TABLE calls (
    id              TEXT PRIMARY KEY,
    case_id         TEXT NOT NULL REFERENCES cases (id),
    lease           INTEGER NOT NULL,
    agent           TEXT NOT NULL REFERENCES agents (sub),
    customer_id     TEXT NOT NULL REFERENCES customers (id),
    number_id       TEXT NOT NULL REFERENCES numbers (id),
    rules           BYTEA NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('waiting', 'placing', 'placed', 'ringing', 'connected', 'ended', 'failed')),
    code            TEXT NOT NULL DEFAULT '',
    rings           INTEGER NOT NULL DEFAULT 0 CHECK (rings BETWEEN 0 AND 2),
    sid             TEXT NOT NULL DEFAULT '',
    created_at      BIGINT NOT NULL,
    connected_at    BIGINT NOT NULL DEFAULT 0,
    connected_us    BIGINT NOT NULL DEFAULT 0, -- how long, as the provider says
    ended_at        BIGINT NOT NULL DEFAULT 0,
    CHECK ((status IN ('ended', 'failed')) = (ended_at <> 0))
);
-- One call at a time to a customer, and of an agent.
CREATE UNIQUE INDEX calls_customer ON calls (customer_id) WHERE status NOT IN ('ended', 'failed');
CREATE UNIQUE INDEX calls_agent ON calls (agent) WHERE status NOT IN ('ended', 'failed');
CREATE INDEX calls_case ON calls (case_id, lease);

-- Every leg to an agent that the provider told us of: one call may have rung
-- twice.
CREATE TABLE rings (
    sid     TEXT PRIMARY KEY,
    call_id TEXT NOT NULL REFERENCES calls (id)
);
CREATE INDEX rings_call ON rings (call_id);

-- What takes two. first is a person, or a client of the bank's; second is
-- always a person, and never the same.
CREATE TABLE approvals (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('confirm', 'override', 'unfreeze')),
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
    CHECK ((status IN ('approved', 'rejected')) = (second <> '')),
    CHECK ((status = 'pending') = (closed_at = 0))
);
CREATE UNIQUE INDEX approvals_one ON approvals (kind, customer_id, hold_id) WHERE status = 'pending';
CREATE INDEX approvals_hold ON approvals (hold_id) WHERE status = 'pending';
CREATE INDEX approvals_first ON approvals (first) WHERE status = 'pending';

-- A contact that agents found to be of no use.
ALTER TABLE phones ADD COLUMN unusable_at BIGINT NOT NULL DEFAULT 0;

-- A call has a workflow of its own.
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('start', 'wake', 'text', 'call'));
