-- +goose Up
-- Since when an approval counts no more: refused, frozen or suspected after it.
ALTER TABLE challenges ADD COLUMN void_at BIGINT NOT NULL DEFAULT 0;
-- Since when somebody on the phone has a suspicion: a supervisor decides.
ALTER TABLE holds ADD COLUMN suspected_at BIGINT NOT NULL DEFAULT 0;
-- Until when the customer's other holds are asked by callback only.
ALTER TABLE customers ADD COLUMN suspected_until BIGINT NOT NULL DEFAULT 0;
-- The customer spoke against a release that was decided already: the bank is
-- told, in the feed, that they want the money back.
CREATE TABLE recalls (
    hold_id TEXT PRIMARY KEY REFERENCES decisions (hold_id),
    answer  TEXT NOT NULL CHECK (answer IN ('deny', 'not_me')),
    at      BIGINT NOT NULL,
    feed    BIGINT UNIQUE
);
-- A text's NO is about every hold that the number was asked about.
DROP INDEX challenges_number;
CREATE INDEX challenges_number ON challenges (number_id) WHERE number_id <> '';
-- A release on the bank's word that is not concluded yet.
CREATE INDEX approvals_overrides ON approvals (hold_id) WHERE kind = 'override' AND status = 'approved';
