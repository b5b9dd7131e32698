-- What happened: audited facts, one row a request, and the seals that prove that no fact was touched.
-- depends: 0005.create-usage

-- `stored_at` is the database's own clock; seals go by it, so that a fact written late is not taken for a forged one.
CREATE TABLE audit_logs (
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    event_type text NOT NULL,
    org_id uuid,
    actor text NOT NULL,
    subject text NOT NULL,
    trace_id text NOT NULL,
    payload jsonb NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

CREATE INDEX audit_logs_org ON audit_logs (org_id, id DESC);
CREATE INDEX audit_logs_trace ON audit_logs (trace_id);
CREATE INDEX audit_logs_stored ON audit_logs (org_id, stored_at, id);

CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE ON audit_logs
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();

SELECT ensure_month_partitions('audit_logs', (current_date - interval '1 month')::date, 14);

-- org_id is null in the chain of events that belong to no organization.
CREATE TABLE audit_seals (
    org_id uuid,
    seq integer NOT NULL CHECK (seq >= 1),
    since timestamptz,
    until timestamptz NOT NULL,
    rows bigint NOT NULL CHECK (rows >= 0),
    root text NOT NULL CHECK (length(root) = 64),
    previous_root text NOT NULL CHECK (length(previous_root) = 64),
    sealed_at timestamptz NOT NULL,
    CONSTRAINT audit_seals_key UNIQUE NULLS NOT DISTINCT (org_id, seq)
);

CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE ON audit_seals
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();

-- Every request the gateway answered. An operator's table: kept for weeks, not sealed.
CREATE TABLE request_logs (
    id uuid NOT NULL,
    trace_id text NOT NULL,
    org_id uuid,
    project_id uuid,
    api_key_id uuid,
    user_id uuid,
    method text NOT NULL,
    route text NOT NULL,
    model_name text,
    stream boolean NOT NULL,
    status integer NOT NULL,
    error_code text,
    stages jsonb NOT NULL,
    client_address text,
    user_agent text,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    started_at timestamptz NOT NULL,
    duration_ms bigint NOT NULL,
    first_token_ms bigint,
    upstream_request_id text,
    upstream_status integer,
    attempts integer NOT NULL,
    PRIMARY KEY (id, started_at)
) PARTITION BY RANGE (started_at);

CREATE INDEX request_logs_org ON request_logs (org_id, id DESC);
CREATE INDEX request_logs_trace ON request_logs (trace_id);

SELECT ensure_month_partitions('request_logs', (current_date - interval '1 month')::date, 14);
