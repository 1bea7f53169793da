-- +goose Up
-- What a case asks of who takes it comes first: a claim looks at the best of each
-- such kind, and not at what its agent may not take.
CREATE INDEX cases_claim ON cases (skill, expertise, language, priority DESC, deadline, id) WHERE status = 'waiting';
