DROP TABLE storage_use;
DELETE FROM files WHERE state <> 'stored';
DROP INDEX files_uploading;
DROP INDEX files_of_project;
ALTER TABLE files
    DROP CONSTRAINT files_project_of_org,
    DROP CONSTRAINT files_deleted_whole,
    DROP CONSTRAINT files_stored_whole,
    ALTER COLUMN sha256 SET NOT NULL,
    DROP COLUMN trace_id,
    DROP COLUMN made_by,
    DROP COLUMN state;
CREATE INDEX files_of_project ON files (org_id, project_id, id DESC);
CREATE TABLE artifacts (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs (id),
    project_id uuid NOT NULL REFERENCES projects (id),
    file_id uuid NOT NULL REFERENCES files (id),
    made_by text NOT NULL,
    trace_id text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX artifacts_of_project ON artifacts (org_id, project_id, id DESC);
