-- The hours in which a customer may be called end: until then a task that is
-- ready may be taken. 0: at any hour. A case has the latest of its tasks that
-- are ready.

-- +goose Up
ALTER TABLE tasks ADD COLUMN ready_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN ready_until BIGINT NOT NULL DEFAULT 0;
CREATE INDEX tasks_hours ON tasks (ready_until) WHERE status = 'open' AND ready_until <> 0;
-- What waits already is planned anew, within its hours, by the next sweep.
UPDATE tasks SET ready_until = CASE WHEN ready_at > 0 THEN ready_at ELSE 1 END WHERE status = 'open' AND kind NOT IN ('help', 'face');
UPDATE cases SET ready_until = 1 WHERE status IN ('waiting', 'later', 'leased') AND id NOT IN (SELECT case_id FROM tasks WHERE status = 'open' AND ready_until = 0)
    AND id IN (SELECT case_id FROM tasks WHERE status = 'open');
-- What a vendor said of a face check: pass or fail.
ALTER TABLE links ADD COLUMN verdict TEXT NOT NULL DEFAULT '';
-- An agent's misses of the customer's two digits are counted as well.
ALTER TABLE looks RENAME TO looks_1;
DROP INDEX looks_agent;
CREATE TABLE looks (
    agent TEXT NOT NULL REFERENCES agents (sub),
    kind  TEXT NOT NULL CHECK (kind IN ('unmask', 'inbound', 'misidentified')),
    at    BIGINT NOT NULL
);
INSERT INTO looks SELECT * FROM looks_1;
DROP TABLE looks_1;
CREATE INDEX looks_agent ON looks (agent, kind, at);
-- What agents know, blank-separated, and what a case asks of who takes it.
ALTER TABLE agents ADD COLUMN skills TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN expertise TEXT NOT NULL DEFAULT '';
-- Who has looked at which picture of a face check: of a task, in a lease, or of
-- what waits for a second person. 0 is the portrait.
CREATE TABLE face_looks (
    of  TEXT NOT NULL,
    who TEXT NOT NULL,
    n   INTEGER NOT NULL CHECK (n BETWEEN 0 AND 3),
    PRIMARY KEY (of, who, n)
);
-- A lease that began with a ring-in hides the case until it is known who it is.
ALTER TABLE leases ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
