-- +goose Up
-- How many payments to one payee were held.
CREATE INDEX holds_payee ON holds (payee_id, accepted_at) WHERE payee_id <> '';
