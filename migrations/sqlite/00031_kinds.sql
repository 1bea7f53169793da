-- +goose Up
-- Of which kind the payment is that a hold counts as on its customer's day: a limit may be
-- for one kind alone.
ALTER TABLE holds ADD COLUMN count_kind TEXT NOT NULL DEFAULT '';
