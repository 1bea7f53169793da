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

-- The customer hears of the wait by text, and two people may end it.
ALTER TABLE texts DROP CONSTRAINT texts_kind_check;
ALTER TABLE texts ADD CONSTRAINT texts_kind_check CHECK (kind IN ('challenge', 'reminder', 'outcome', 'enrolled', 'call_us', 'waits', 'wait_over'));
ALTER TABLE approvals DROP CONSTRAINT approvals_kind_check;
ALTER TABLE approvals ADD CONSTRAINT approvals_kind_check CHECK (kind IN ('confirm', 'override', 'unfreeze', 'wait'));
