-- Work that need not happen while somebody waits, and what it leaves behind.
-- depends: 0002.create-identity

-- One row a job, from the transaction that causes it until retention removes it.
CREATE TABLE job_runs (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    payload jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'dead', 'cancelled')),
    attempts integer NOT NULL CHECK (attempts >= 0),
    fence integer NOT NULL CHECK (fence >= attempts),
    progress_percent smallint NOT NULL CHECK (progress_percent BETWEEN 0 AND 100),
    error text CHECK (length(error) <= 2000),
    trace_id text NOT NULL,
    org_id uuid,
    queued_at timestamptz NOT NULL,
    started_at timestamptz,
    lease_expires_at timestamptz,
    finished_at timestamptz,
    CHECK ((state = 'running') = (lease_expires_at IS NOT NULL)),
    CHECK ((state IN ('succeeded', 'dead', 'cancelled')) = (finished_at IS NOT NULL))
);
CREATE INDEX job_runs_of_org ON job_runs (org_id, id DESC) WHERE org_id IS NOT NULL;
CREATE INDEX job_runs_of_trace ON job_runs (trace_id);
CREATE INDEX job_runs_by_state ON job_runs (state, id DESC);
CREATE INDEX job_runs_finished ON job_runs (finished_at) WHERE finished_at IS NOT NULL;

-- One row a job that is not settled yet: when it is next to be handed to the broker. The payload stays in job_runs; the
-- broker carries the id alone. Small and much rewritten, so it is vacuumed by count and keeps room for updates in place.
CREATE TABLE outbox (
    id uuid PRIMARY KEY REFERENCES job_runs (id) ON DELETE CASCADE,
    name text NOT NULL,
    trace_id text NOT NULL,
    created_at timestamptz NOT NULL,
    available_at timestamptz NOT NULL,
    relays integer NOT NULL CHECK (relays >= 0),
    relayed_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX outbox_due ON outbox (available_at);

-- cron has five fields, or six where the first is seconds.
CREATE TABLE schedules (
    name text PRIMARY KEY,
    cron text NOT NULL,
    time_zone text NOT NULL,
    job_name text NOT NULL,
    payload jsonb NOT NULL,
    enabled boolean NOT NULL,
    next_fire_at timestamptz NOT NULL,
    last_fired_at timestamptz,
    last_job_id uuid
);

CREATE TABLE files (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs (id),
    project_id uuid NOT NULL REFERENCES projects (id),
    name text NOT NULL,
    content_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    storage_key text NOT NULL UNIQUE,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE INDEX files_of_project ON files (org_id, project_id, id DESC);

-- What a run, a chat or a job made, as a file of its project.
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

CREATE TABLE exports (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs (id),
    job_id uuid NOT NULL,
    kind text NOT NULL,
    format text NOT NULL,
    filters jsonb NOT NULL,
    requested_by text NOT NULL,
    storage_key text,
    size_bytes bigint CHECK (size_bytes >= 0),
    row_count bigint CHECK (row_count >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX exports_of_org ON exports (org_id, id DESC);

CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs (id),
    url text NOT NULL,
    event_types text[] NOT NULL,
    secret_sealed bytea NOT NULL,
    enabled boolean NOT NULL,
    failures integer NOT NULL CHECK (failures >= 0),
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);
CREATE INDEX webhook_endpoints_of_org ON webhook_endpoints (org_id, id DESC);

CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    event_id uuid NOT NULL,
    job_id uuid,
    event_type text NOT NULL,
    attempts integer NOT NULL CHECK (attempts >= 0),
    response_status smallint,
    error text,
    trace_id text NOT NULL,
    created_at timestamptz NOT NULL,
    delivered_at timestamptz,
    UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_of_org ON webhook_deliveries (org_id, id DESC);
