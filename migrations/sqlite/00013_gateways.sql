-- +goose Up
-- A gateway says that it lives; that a device has a socket there stands until the
-- gateway says otherwise or is silent.
CREATE TABLE gateways (
    id      TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
DELETE FROM presence;
ALTER TABLE presence DROP COLUMN seen_at;
CREATE INDEX presence_gateway ON presence (gateway);
