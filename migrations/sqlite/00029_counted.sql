-- +goose Up
-- What a customer's holds take of their limit of a day.
CREATE INDEX holds_counted ON holds (customer_id, count_day) WHERE count_day <> '';
