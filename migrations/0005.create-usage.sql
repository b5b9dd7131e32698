-- What was used: a record a call, and the hourly sums of records.
-- depends: 0004.create-catalogue-and-prices

-- Written in the commit of its capture. No foreign keys: it is the hottest table, and it outlives what it names.
-- `stored_at` is the database's own clock, by which late records are found; `ended_at` is the time of the call.
-- A partitioned table can only be unique together with its partition key; a retried write repeats `ended_at` too, and
-- the ledger accepts a capture's ref once for ever.
CREATE TABLE usage_records (
    id uuid NOT NULL,
    org_id uuid NOT NULL,
    workspace_id uuid,
    project_id uuid,
    api_key_id uuid,
    user_id uuid,
    model_id uuid NOT NULL,
    model_name text NOT NULL,
    route text NOT NULL,
    stream boolean NOT NULL,
    input_uncached bigint NOT NULL CHECK (input_uncached >= 0),
    input_cached_read bigint NOT NULL CHECK (input_cached_read >= 0),
    input_cache_write bigint NOT NULL CHECK (input_cache_write >= 0),
    input_audio bigint NOT NULL CHECK (input_audio >= 0),
    input_image bigint NOT NULL CHECK (input_image >= 0),
    output_text bigint NOT NULL CHECK (output_text >= 0),
    output_reasoning bigint NOT NULL CHECK (output_reasoning >= 0),
    output_audio bigint NOT NULL CHECK (output_audio >= 0),
    output_image bigint NOT NULL CHECK (output_image >= 0),
    cost_picos bigint NOT NULL CHECK (cost_picos >= 0),
    cost_nanos bigint NOT NULL CHECK (cost_nanos >= 0),
    currency text NOT NULL,
    price_id uuid,
    price_version integer,
    usage_source text NOT NULL CHECK (usage_source IN ('upstream', 'estimated', 'none')),
    ending text NOT NULL CHECK (ending IN ('completed', 'truncated', 'client_aborted', 'upstream_error', 'timed_out')),
    trace_id text NOT NULL,
    hold_ref text,
    capture_ref text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    latency_ms bigint NOT NULL CHECK (latency_ms >= 0),
    first_token_ms bigint CHECK (first_token_ms >= 0),
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, ended_at),
    CONSTRAINT usage_records_capture_unique UNIQUE (org_id, capture_ref, ended_at)
) PARTITION BY RANGE (ended_at);

CREATE INDEX usage_records_org ON usage_records (org_id, id DESC);
CREATE INDEX usage_records_trace ON usage_records (trace_id);
-- Both columns grow as the table does, so a block range index finds an hour at almost no cost to writes.
CREATE INDEX usage_records_times ON usage_records USING brin (ended_at, stored_at);

CREATE TRIGGER usage_records_append_only BEFORE UPDATE OR DELETE ON usage_records
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();

SELECT ensure_month_partitions('usage_records', (current_date - interval '1 month')::date, 14);

-- A pure function of the records of its hour; recomputed whole, never added to.
CREATE TABLE usage_rollups (
    hour timestamptz NOT NULL,
    org_id uuid NOT NULL,
    workspace_id uuid,
    project_id uuid,
    api_key_id uuid,
    user_id uuid,
    model_id uuid NOT NULL,
    model_name text NOT NULL,
    currency text NOT NULL,
    requests bigint NOT NULL,
    input_uncached bigint NOT NULL,
    input_cached_read bigint NOT NULL,
    input_cache_write bigint NOT NULL,
    input_audio bigint NOT NULL,
    input_image bigint NOT NULL,
    output_text bigint NOT NULL,
    output_reasoning bigint NOT NULL,
    output_audio bigint NOT NULL,
    output_image bigint NOT NULL,
    cost_nanos bigint NOT NULL,
    CONSTRAINT usage_rollups_key UNIQUE NULLS NOT DISTINCT
        (org_id, hour, workspace_id, project_id, api_key_id, user_id, model_id, model_name, currency)
);

CREATE INDEX usage_rollups_hour ON usage_rollups (hour);

-- One row: how far roll-ups have come. Its lock lets one roll-up run at a time.
CREATE TABLE usage_rollup_state (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    rolled_until timestamptz,
    seen_until timestamptz
);

INSERT INTO usage_rollup_state DEFAULT VALUES;

-- What a comparison of two books found: of captures, usage records, the upstream's log and roll-ups.
CREATE TABLE reconciliations (
    id uuid PRIMARY KEY,
    org_id uuid,
    kind text NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL CHECK (period_end > period_start),
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    rows_compared bigint NOT NULL DEFAULT 0,
    differences bigint NOT NULL DEFAULT 0,
    report jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX reconciliations_org ON reconciliations (org_id, id DESC);
