-- +goose Up
-- What the bank learnt later of a payment that was held: its newest word. The hold's
-- chain has every one.
CREATE TABLE outcomes (
    hold_id     TEXT PRIMARY KEY REFERENCES holds (id),
    outcome     TEXT NOT NULL CHECK (outcome IN ('fraud', 'genuine', 'unknown')),
    kind        TEXT NOT NULL DEFAULT '' CHECK (length(kind) <= 64),
    at          BIGINT NOT NULL,
    source      TEXT NOT NULL CHECK (source IN ('customer_report', 'chargeback', 'recall', 'police', 'investigation', 'other')),
    revision    INTEGER NOT NULL CHECK (revision BETWEEN 1 AND 100),
    author      TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    CHECK (kind = '' OR outcome = 'fraud'),
    CHECK (at <= recorded_at)
);
