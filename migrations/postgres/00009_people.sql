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
-- A customer who is frozen was promised a call. One such task a customer.
ALTER TABLE tasks DROP CONSTRAINT tasks_kind_check;
ALTER TABLE tasks ADD CONSTRAINT tasks_kind_check CHECK (kind IN ('callback', 'face', 'freeze', 'help', 'inbound', 'reply'));
CREATE UNIQUE INDEX tasks_urgent ON tasks (case_id) WHERE kind IN ('freeze', 'help') AND status <> 'closed';
