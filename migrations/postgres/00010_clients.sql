-- +goose Up
-- A transaction's id is unique among its client's, and no client's takes
-- another's away.
ALTER TABLE holds DROP CONSTRAINT holds_transaction_id_key;
CREATE UNIQUE INDEX holds_transaction ON holds (transaction_id, client_id);
-- A portrait is theirs since, by the bank's record.
ALTER TABLE portraits ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
UPDATE portraits SET since = put_at;
