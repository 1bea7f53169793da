-- The clerk at a branch's counter.

-- +goose Up
ALTER TABLE holds ADD COLUMN counter_interviewed_at BIGINT NOT NULL DEFAULT 0;
-- What was said on the page of a face check's link, by whoever holds it.
ALTER TABLE holds ADD COLUMN link_interviewed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN link_warning_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN link_warning_passed_at BIGINT NOT NULL DEFAULT 0;
-- What a clerk asks aloud, or a link's page asks, is kept beside what the app and an agent
-- ask: it stands for nothing else.
ALTER TABLE interviews DROP CONSTRAINT interviews_via_check;
ALTER TABLE interviews ADD CONSTRAINT interviews_via_check CHECK (via IN ('customer', 'link', 'agent', 'counter'));
-- Which kind of identity document a clerk claims to have looked at; never its number.
ALTER TABLE approvals ADD COLUMN document TEXT NOT NULL DEFAULT '' CHECK (document IN ('', 'passport', 'id_card', 'driving_licence'));
ALTER TABLE looks DROP CONSTRAINT looks_kind_check;
ALTER TABLE looks ADD CONSTRAINT looks_kind_check CHECK (kind IN ('unmask', 'inbound', 'misidentified', 'counter'));
