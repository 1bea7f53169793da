-- +goose Up
-- Whom the bank's push service is to wake: a device without a socket, once for each
-- question that the app shows. at is when it is tried next, or was tried last. What
-- nobody needs any more is deleted.
CREATE TABLE wakeups (
    challenge_id TEXT NOT NULL REFERENCES challenges (id),
    device_id    TEXT NOT NULL REFERENCES devices (id),
    status       TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'failed')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    code         TEXT NOT NULL DEFAULT '',
    at           BIGINT NOT NULL,
    PRIMARY KEY (challenge_id, device_id)
);
CREATE INDEX wakeups_first ON wakeups (at) WHERE status = 'waiting' AND attempts = 0;
CREATE INDEX wakeups_again ON wakeups (at) WHERE status = 'waiting' AND attempts > 0;
