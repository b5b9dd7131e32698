-- Files with a life of their own, the storage of an organization, and exports that tell how they went.
-- depends: 0009.create-work 0011.chain-rows

-- A file's row comes before its bytes and goes after them. What something of the product's made rather than somebody
-- is an artifact: the same thing with `made_by`, not another table.
DROP TABLE artifacts;
ALTER TABLE files
    ADD COLUMN state text NOT NULL DEFAULT 'stored' CHECK (state IN ('uploading', 'stored', 'deleted')),
    ADD COLUMN made_by text CHECK (length(made_by) <= 200),
    ADD COLUMN trace_id text NOT NULL DEFAULT '',
    ALTER COLUMN sha256 DROP NOT NULL,
    ADD CONSTRAINT files_stored_whole CHECK (state <> 'stored' OR sha256 IS NOT NULL),
    ADD CONSTRAINT files_deleted_whole CHECK ((state = 'deleted') = (deleted_at IS NOT NULL)),
    ADD CONSTRAINT files_project_of_org FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id);
DROP INDEX files_of_project;
CREATE INDEX files_of_project ON files (org_id, project_id, id DESC) WHERE state = 'stored';
CREATE INDEX files_uploading ON files (org_id, created_at) WHERE state = 'uploading';

-- What an organization has stored. One row, locked for the moment of a charge: two uploads can't both take the last room.
CREATE TABLE storage_use (
    org_id uuid PRIMARY KEY REFERENCES orgs (id),
    files bigint NOT NULL CHECK (files >= 0),
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0)
);
INSERT INTO storage_use (org_id, files, size_bytes)
SELECT org_id, count(*), sum(size_bytes) FROM files WHERE state = 'stored' GROUP BY org_id;
