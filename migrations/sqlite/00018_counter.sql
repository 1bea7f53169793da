-- The clerk at a branch's counter.

-- +goose Up
ALTER TABLE holds ADD COLUMN counter_interviewed_at BIGINT NOT NULL DEFAULT 0;
-- What was said on the page of a face check's link, by whoever holds it.
ALTER TABLE holds ADD COLUMN link_interviewed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN link_warning_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN link_warning_passed_at BIGINT NOT NULL DEFAULT 0;
-- What a clerk asks aloud, or a link's page asks, is kept beside what the app and an agent
-- ask: it stands for nothing else.
ALTER TABLE interviews RENAME TO interviews_1;
CREATE TABLE interviews (
    hold_id        TEXT NOT NULL REFERENCES holds (id),
    tx_digest      TEXT NOT NULL,
    via            TEXT NOT NULL CHECK (via IN ('customer', 'link', 'agent', 'counter')),
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
INSERT INTO interviews SELECT hold_id, tx_digest, via, revision, scenario, policy_version, author, answers, signals, level, warning,
    contradicted, answered_at, locale, warning_digest, shown_seconds, choice, chosen_at FROM interviews_1;
DROP TABLE interviews_1;
-- Which kind of identity document a clerk claims to have looked at; never its number.
ALTER TABLE approvals ADD COLUMN document TEXT NOT NULL DEFAULT '' CHECK (document IN ('', 'passport', 'id_card', 'driving_licence'));
ALTER TABLE looks RENAME TO looks_1;
DROP INDEX looks_agent;
CREATE TABLE looks (
    agent TEXT NOT NULL REFERENCES agents (sub),
    kind  TEXT NOT NULL CHECK (kind IN ('unmask', 'inbound', 'misidentified', 'counter')),
    at    BIGINT NOT NULL
);
INSERT INTO looks SELECT agent, kind, at FROM looks_1;
DROP TABLE looks_1;
CREATE INDEX looks_agent ON looks (agent, kind, at);
