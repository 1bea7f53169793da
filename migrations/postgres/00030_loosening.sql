-- How locks are loosened: the way by which they are set, the texts that tell of it, and
-- what waits for a second person.

-- +goose Up
ALTER TABLE locks ADD COLUMN route TEXT NOT NULL DEFAULT 'bank' CHECK (route IN ('app', 'agent', 'clerk', 'bank'));
CREATE INDEX locks_loosened ON locks (customer_id, asked_at) WHERE loosens = 1;

-- What a text tells of; empty: no lock.
ALTER TABLE texts ADD COLUMN lock_id TEXT NOT NULL DEFAULT '';
ALTER TABLE texts DROP CONSTRAINT texts_kind_check;
ALTER TABLE texts ADD CONSTRAINT texts_kind_check CHECK (kind IN ('challenge', 'reminder', 'outcome', 'enrolled', 'call_us', 'waits', 'wait_over', 'contact_asked', 'contact_told', 'contact_named',
    'contact_removed', 'lock_loosened'));

-- Of a wish to loosen: the kind of lock, the lock that is wished for (JSON; empty: none)
-- and the one that the first person saw.
ALTER TABLE approvals ADD COLUMN lock_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN lock_value TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN lock_id TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals DROP CONSTRAINT approvals_kind_check;
ALTER TABLE approvals ADD CONSTRAINT approvals_kind_check CHECK (kind IN ('confirm', 'override', 'unfreeze', 'wait', 'loosen'));
DROP INDEX approvals_one;
CREATE UNIQUE INDEX approvals_one ON approvals (kind, customer_id, hold_id, lock_kind) WHERE status = 'pending';
