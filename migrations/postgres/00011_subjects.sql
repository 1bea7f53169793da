-- +goose Up
-- A subject may have 255 characters (OpenID Connect Core 1.0, section 2).
ALTER TABLE agents DROP CONSTRAINT agents_sub_check;
ALTER TABLE agents ADD CONSTRAINT agents_sub_check CHECK (length(sub) BETWEEN 1 AND 255);
