-- +goose NO TRANSACTION
-- +goose Up
-- What a customer's holds take of their limit of a day.
-- Holds come in meanwhile; of a run that was broken off an index is left that nothing uses.
DROP INDEX CONCURRENTLY IF EXISTS holds_counted;
CREATE INDEX CONCURRENTLY holds_counted ON holds (customer_id, count_day) WHERE count_day <> '';
