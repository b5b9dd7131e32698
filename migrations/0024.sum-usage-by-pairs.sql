-- depends: 0023.branch-conversations

-- Whose app made the call, where one did; what a project used by model, and every other pair of dimensions, summed as
-- single ones are, and all dimensions at once (deepspace_adapters/postgres/usage_sums.py).
ALTER TABLE usage_records ADD COLUMN app_id uuid;

ALTER TABLE usage_rollups ADD COLUMN app_id uuid, DROP CONSTRAINT usage_rollups_key;
ALTER TABLE usage_rollups ADD CONSTRAINT usage_rollups_key UNIQUE NULLS NOT DISTINCT
    (org_id, hour, workspace_id, project_id, api_key_id, user_id, app_id, model_id, model_name, currency);
-- A question that names several values is found by the rarest of them.
CREATE INDEX usage_rollups_project ON usage_rollups (org_id, project_id, hour);
CREATE INDEX usage_rollups_api_key ON usage_rollups (org_id, api_key_id, hour);
CREATE INDEX usage_rollups_user ON usage_rollups (org_id, user_id, hour);
CREATE INDEX usage_rollups_model ON usage_rollups (org_id, model_name, hour);
CREATE INDEX usage_rollups_app ON usage_rollups (org_id, app_id, hour);

-- The next run of the roll-up makes all of them anew.
TRUNCATE usage_sums;
UPDATE usage_rollup_state SET rolled_until = NULL, seen_until = NULL;

ALTER TABLE usage_sums
    ADD COLUMN other text COLLATE "C",
    DROP CONSTRAINT usage_sums_key,
    DROP CONSTRAINT usage_sums_dimension_check,
    ADD CONSTRAINT usage_sums_dimension_check CHECK (dimension IN (
        'none', 'workspace', 'project', 'key', 'user', 'model', 'app',
        'workspace+project', 'workspace+key', 'workspace+user', 'workspace+model', 'workspace+app',
        'project+key', 'project+user', 'project+model', 'project+app',
        'key+user', 'key+model', 'key+app', 'user+model', 'user+app', 'model+app'
    )),
    ADD CONSTRAINT usage_sums_key UNIQUE NULLS NOT DISTINCT (org_id, dimension, span, starts_at, value, other, currency);
CREATE INDEX usage_sums_other ON usage_sums (org_id, dimension, span, starts_at, other) WHERE other IS NOT NULL;

CREATE TABLE usage_full_sums (
    org_id uuid NOT NULL,
    span text COLLATE "C" NOT NULL CHECK (span IN ('third', 'day')),
    starts_at timestamptz NOT NULL,
    workspace_id uuid,
    project_id uuid,
    api_key_id uuid,
    user_id uuid,
    app_id uuid,
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
    CONSTRAINT usage_full_sums_key UNIQUE NULLS NOT DISTINCT
        (org_id, span, starts_at, workspace_id, project_id, api_key_id, user_id, app_id, model_name, currency)
);
CREATE INDEX usage_full_sums_times ON usage_full_sums (starts_at, span);
CREATE INDEX usage_full_sums_project ON usage_full_sums (org_id, span, project_id, starts_at);
CREATE INDEX usage_full_sums_api_key ON usage_full_sums (org_id, span, api_key_id, starts_at);
CREATE INDEX usage_full_sums_user ON usage_full_sums (org_id, span, user_id, starts_at);
CREATE INDEX usage_full_sums_model ON usage_full_sums (org_id, span, model_name, starts_at);
CREATE INDEX usage_full_sums_app ON usage_full_sums (org_id, span, app_id, starts_at);
