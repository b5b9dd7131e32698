DROP TABLE usage_full_sums;
DROP INDEX usage_sums_other;
TRUNCATE usage_sums;
UPDATE usage_rollup_state SET rolled_until = NULL, seen_until = NULL;
ALTER TABLE usage_sums
    DROP CONSTRAINT usage_sums_key,
    DROP CONSTRAINT usage_sums_dimension_check,
    DROP COLUMN other,
    ADD CONSTRAINT usage_sums_dimension_check CHECK (dimension IN ('none', 'workspace', 'project', 'key', 'user', 'model')),
    ADD CONSTRAINT usage_sums_key UNIQUE NULLS NOT DISTINCT (org_id, dimension, span, starts_at, value, currency);

-- What two apps did becomes one row again.
CREATE TEMPORARY TABLE usage_rollups_of_all_apps ON COMMIT DROP AS
SELECT hour, org_id, workspace_id, project_id, api_key_id, user_id, model_id, model_name, currency,
       sum(requests)::bigint AS requests, sum(input_uncached)::bigint AS input_uncached, sum(input_cached_read)::bigint AS input_cached_read, sum(input_cache_write)::bigint AS input_cache_write, sum(input_audio)::bigint AS input_audio, sum(input_image)::bigint AS input_image, sum(output_text)::bigint AS output_text, sum(output_reasoning)::bigint AS output_reasoning, sum(output_audio)::bigint AS output_audio, sum(output_image)::bigint AS output_image,
       sum(cost_nanos)::bigint AS cost_nanos
FROM usage_rollups
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
TRUNCATE usage_rollups;
DROP INDEX usage_rollups_project, usage_rollups_api_key, usage_rollups_user, usage_rollups_model, usage_rollups_app;
ALTER TABLE usage_rollups DROP CONSTRAINT usage_rollups_key, DROP COLUMN app_id;
ALTER TABLE usage_rollups ADD CONSTRAINT usage_rollups_key UNIQUE NULLS NOT DISTINCT
    (org_id, hour, workspace_id, project_id, api_key_id, user_id, model_id, model_name, currency);
INSERT INTO usage_rollups SELECT * FROM usage_rollups_of_all_apps;

ALTER TABLE usage_records DROP COLUMN app_id;
