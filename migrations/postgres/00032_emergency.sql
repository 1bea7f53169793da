-- What a customer stopped is opened again by two people, of whom the first had it on
-- record who the customer is: in which call. At the counter it is the document.

-- +goose Up
ALTER TABLE approvals ADD COLUMN call_id TEXT NOT NULL DEFAULT '';

-- FREEZE by text, as far as it brought a call: of each number, and of all (an empty
-- number_id) in one hour (Unix time in hours).
CREATE TABLE freeze_hours (
    hour      BIGINT NOT NULL,
    number_id TEXT NOT NULL,
    heard     INTEGER NOT NULL,
    PRIMARY KEY (hour, number_id)
);
CREATE INDEX emergencies_ended ON emergencies (ended_at) WHERE ended_at <> 0;

ALTER TABLE texts DROP CONSTRAINT texts_kind_check;
ALTER TABLE texts ADD CONSTRAINT texts_kind_check CHECK (kind IN ('challenge', 'reminder', 'outcome', 'enrolled', 'call_us', 'waits', 'wait_over', 'contact_asked', 'contact_told', 'contact_named',
    'contact_removed', 'lock_loosened', 'stopped', 'freeze_heard'));
