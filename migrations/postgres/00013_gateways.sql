-- +goose Up
-- A gateway says that it lives; that a device has a socket there stands until the
-- gateway says otherwise or is silent. presence.seen_at is what gateways of the
-- version before say, which run on while this one is rolled out.
CREATE TABLE gateways (
    id      TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX presence_gateway ON presence (gateway);
