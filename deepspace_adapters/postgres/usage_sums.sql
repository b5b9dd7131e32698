-- piece: counts
requests, input_uncached, input_cached_read, input_cache_write, input_audio, input_image,
output_text, output_reasoning, output_audio, output_image, cost_nanos

-- piece: counted
sum(requests)::bigint AS requests, sum(input_uncached)::bigint AS input_uncached,
sum(input_cached_read)::bigint AS input_cached_read, sum(input_cache_write)::bigint AS input_cache_write,
sum(input_audio)::bigint AS input_audio, sum(input_image)::bigint AS input_image,
sum(output_text)::bigint AS output_text, sum(output_reasoning)::bigint AS output_reasoning,
sum(output_audio)::bigint AS output_audio, sum(output_image)::bigint AS output_image,
sum(cost_nanos)::bigint AS cost_nanos

-- name: delete_sums
DELETE FROM usage_sums
WHERE (span <> 'month' AND starts_at = ANY (
          SELECT day + third * interval '8 hours' FROM unnest(%(days)s::timestamptz[]) AS day, generate_series(0, 2) AS third))
   OR (span = 'month' AND starts_at = ANY (%(months)s::timestamptz[]));

-- name: sum_thirds
-- By each dimension and by each pair of them. Only hours that are rolled up: the others are answered from the records, and
-- would count twice.
INSERT INTO usage_sums (
    org_id, dimension, span, starts_at, value, other, currency,
    -- include: counts
)
SELECT rolled.org_id, split.dimension, 'third', date_bin('8 hours', rolled.hour, '2000-01-01T00:00:00Z'), split.value,
       split.other, rolled.currency,
       -- include: counted
FROM unnest(%(days)s::timestamptz[]) AS day
JOIN usage_rollups AS rolled ON rolled.hour >= day AND rolled.hour < day + interval '24 hours'
CROSS JOIN LATERAL (
    VALUES ('none', NULL, NULL),
           ('workspace', rolled.workspace_id::text, NULL),
           ('project', rolled.project_id::text, NULL),
           ('key', rolled.api_key_id::text, NULL),
           ('user', rolled.user_id::text, NULL),
           ('model', rolled.model_name, NULL),
           ('app', rolled.app_id::text, NULL),
           ('workspace+project', rolled.workspace_id::text, rolled.project_id::text),
           ('workspace+key', rolled.workspace_id::text, rolled.api_key_id::text),
           ('workspace+user', rolled.workspace_id::text, rolled.user_id::text),
           ('workspace+model', rolled.workspace_id::text, rolled.model_name),
           ('workspace+app', rolled.workspace_id::text, rolled.app_id::text),
           ('project+key', rolled.project_id::text, rolled.api_key_id::text),
           ('project+user', rolled.project_id::text, rolled.user_id::text),
           ('project+model', rolled.project_id::text, rolled.model_name),
           ('project+app', rolled.project_id::text, rolled.app_id::text),
           ('key+user', rolled.api_key_id::text, rolled.user_id::text),
           ('key+model', rolled.api_key_id::text, rolled.model_name),
           ('key+app', rolled.api_key_id::text, rolled.app_id::text),
           ('user+model', rolled.user_id::text, rolled.model_name),
           ('user+app', rolled.user_id::text, rolled.app_id::text),
           ('model+app', rolled.model_name, rolled.app_id::text)
) AS split (dimension, value, other)
WHERE rolled.hour < %(before)s
GROUP BY 1, 2, 4, 5, 6, 7;

-- name: sum_days
INSERT INTO usage_sums (
    org_id, dimension, span, starts_at, value, other, currency,
    -- include: counts
)
SELECT org_id, dimension, 'day', day, value, other, currency,
       -- include: counted
FROM unnest(%(days)s::timestamptz[]) AS day
JOIN usage_sums ON starts_at >= day AND starts_at < day + interval '24 hours' AND span = 'third'
GROUP BY 1, 2, 4, 5, 6, 7;

-- name: sum_months
-- Not by pairs: their days are few enough for a year, and their months would be the most of what a run writes.
INSERT INTO usage_sums (
    org_id, dimension, span, starts_at, value, other, currency,
    -- include: counts
)
SELECT org_id, dimension, 'month', month, value, NULL, currency,
       -- include: counted
FROM unnest(%(months)s::timestamptz[]) AS month
JOIN usage_sums ON starts_at >= month AND starts_at < (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'
               AND span = 'day' AND dimension = ANY ('{none, workspace, project, key, user, model, app}')
GROUP BY 1, 2, 4, 5, 7;

-- name: delete_full_sums
DELETE FROM usage_full_sums
WHERE starts_at = ANY (
    SELECT day + third * interval '8 hours' FROM unnest(%(days)s::timestamptz[]) AS day, generate_series(0, 2) AS third
);

-- name: full_sum_thirds
INSERT INTO usage_full_sums (
    org_id, span, starts_at, workspace_id, project_id, api_key_id, user_id, app_id, model_name, currency,
    -- include: counts
)
SELECT org_id, 'third', date_bin('8 hours', hour, '2000-01-01T00:00:00Z'), workspace_id, project_id, api_key_id, user_id,
       app_id, model_name, currency,
       -- include: counted
FROM unnest(%(days)s::timestamptz[]) AS day
JOIN usage_rollups ON hour >= day AND hour < day + interval '24 hours'
WHERE hour < %(before)s
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;

-- name: full_sum_days
INSERT INTO usage_full_sums (
    org_id, span, starts_at, workspace_id, project_id, api_key_id, user_id, app_id, model_name, currency,
    -- include: counts
)
SELECT org_id, 'day', day, workspace_id, project_id, api_key_id, user_id, app_id, model_name, currency,
       -- include: counted
FROM unnest(%(days)s::timestamptz[]) AS day
JOIN usage_full_sums ON starts_at >= day AND starts_at < day + interval '24 hours' AND span = 'third'
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;

-- name: allow_sorting
SET LOCAL work_mem = '32MB';

-- name: plan_for_these_values
-- Which index serves depends on which values are named; a plan for any of them would serve none.
SET LOCAL plan_cache_mode = force_custom_plan;

-- piece: shown_value
CASE %(shown_dimension)s::text
    WHEN 'workspace' THEN workspace_id::text
    WHEN 'project' THEN project_id::text
    WHEN 'key' THEN api_key_id::text
    WHEN 'user' THEN user_id::text
    WHEN 'model' THEN model_name
    WHEN 'app' THEN app_id::text
END

-- piece: dimension_filters
AND (%(workspace_id)s::uuid IS NULL OR workspace_id = %(workspace_id)s)
AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
AND (%(api_key_id)s::uuid IS NULL OR api_key_id = %(api_key_id)s)
AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)
AND (%(app_id)s::uuid IS NULL OR app_id = %(app_id)s)
AND (%(model_name)s::text IS NULL OR model_name = %(model_name)s)

-- name: summarize
-- Blocks from the sums; hours before, behind or taken from them from the roll-ups; what is not rolled up yet from the
-- records. Each block and each run of hours is looked up and added up by itself: a join would read a year of rows for
-- an hour of each day, and sort what a few sums say as well.
WITH state AS (
    SELECT COALESCE(rolled_until, '-infinity') AS rolled_until FROM usage_rollup_state
),
-- Each once: what is taken from one day is added to the next.
hours AS (
    SELECT stretch.since, stretch.until, told.*
    FROM unnest(%(stretch_sinces)s::timestamptz[], %(stretch_untils)s::timestamptz[]) AS stretch (since, until)
    CROSS JOIN LATERAL (
        SELECT
            -- include: shown_value
            AS value, currency,
            -- include: counted
        FROM usage_rollups
        WHERE hour >= stretch.since AND hour < stretch.until AND hour < (SELECT rolled_until FROM state)
          AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
          -- include: dimension_filters
        GROUP BY 1, 2
    ) AS told
),
part AS (
    SELECT block.bucket_start, CASE %(shown)s::text WHEN 'value' THEN value WHEN 'other' THEN other END AS value, currency,
           -- include: counts
    FROM unnest(%(sum_buckets)s::timestamptz[], %(sum_spans)s::text[], %(sum_sinces)s::timestamptz[])
        AS block (bucket_start, span, since)
    JOIN usage_sums ON usage_sums.starts_at = block.since AND usage_sums.span = block.span
                   AND usage_sums.dimension = %(dimension)s
    WHERE block.since < (SELECT rolled_until FROM state) AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
      AND (%(value)s::text IS NULL OR value = %(value)s)
      AND (%(other)s::text IS NULL OR other = %(other)s)
    UNION ALL
    SELECT block.bucket_start, told.*
    FROM unnest(%(sum_buckets)s::timestamptz[], %(sum_spans)s::text[], %(sum_sinces)s::timestamptz[])
        AS block (bucket_start, span, since)
    CROSS JOIN LATERAL (
        SELECT
            -- include: shown_value
            AS value, currency,
            -- include: counted
        FROM usage_full_sums
        WHERE usage_full_sums.starts_at = block.since AND usage_full_sums.span = block.span
          AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
          -- include: dimension_filters
        GROUP BY 1, 2
    ) AS told
    WHERE %(dimension)s = 'all' AND block.since < (SELECT rolled_until FROM state)
    UNION ALL
    SELECT run.bucket_start, value, currency,
           sign * requests, sign * input_uncached, sign * input_cached_read, sign * input_cache_write,
           sign * input_audio, sign * input_image, sign * output_text, sign * output_reasoning, sign * output_audio,
           sign * output_image, sign * cost_nanos
    FROM unnest(%(run_buckets)s::timestamptz[], %(run_sinces)s::timestamptz[], %(run_untils)s::timestamptz[],
                %(run_signs)s::int[])
        AS run (bucket_start, since, until, sign)
    JOIN hours ON hours.since = run.since AND hours.until = run.until
    UNION ALL
    SELECT buckets.bucket_start,
           -- include: shown_value
           AS value, currency, 1, input_uncached, input_cached_read, input_cache_write,
           input_audio, input_image, output_text, output_reasoning, output_audio, output_image, cost_nanos
    FROM usage_records
    JOIN unnest(%(buckets)s::timestamptz[], %(bucket_sinces)s::timestamptz[], %(bucket_untils)s::timestamptz[])
        AS buckets (bucket_start, since, until) ON ended_at >= buckets.since AND ended_at < buckets.until
    WHERE ended_at >= %(since)s AND ended_at < %(until)s AND ended_at >= (SELECT rolled_until FROM state)
      AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
      -- include: dimension_filters
)
SELECT bucket_start, value COLLATE "C" AS value, currency,
       -- include: counted
FROM part
WHERE %(after_bucket)s::timestamptz IS NULL
   OR (bucket_start, value IS NULL, COALESCE(value, '') COLLATE "C", currency COLLATE "C")
    > (%(after_bucket)s, %(after_value)s::text IS NULL, COALESCE(%(after_value)s::text, '') COLLATE "C", %(after_currency)s::text COLLATE "C")
GROUP BY 1, 2, 3
-- Of who was active only in hours that were taken away, nothing is left.
HAVING sum(requests) <> 0
ORDER BY bucket_start, value COLLATE "C", currency COLLATE "C"
LIMIT %(limit)s + 1;
