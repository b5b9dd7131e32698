-- name: count_records
SELECT count(*) AS records FROM usage_records WHERE ended_at >= %(since)s AND ended_at < %(until)s;

-- name: captures_without_usage
-- The final captures of holds that carry a price: what the gateway metered. Usage is found by its ref, which has an index.
SELECT t.org_id, t.ref, t.trace_id, t.amount_nanos
FROM transactions AS t
JOIN holds AS h ON h.id = t.hold_id AND h.org_id = t.org_id
LEFT JOIN usage_records AS u ON u.org_id = t.org_id AND u.capture_ref = t.ref
WHERE t.at >= %(since)s AND t.at < %(until)s AND t.type = 'capture' AND t.ends_hold AND h.price_id IS NOT NULL
  AND u.id IS NULL
ORDER BY t.at
LIMIT %(limit)s;

-- name: usage_beside_captures
SELECT u.org_id, u.id, u.capture_ref, u.trace_id, u.cost_nanos, t.amount_nanos
FROM usage_records AS u
LEFT JOIN ledger_refs AS r ON r.org_id = u.org_id AND r.ref = u.capture_ref
LEFT JOIN transactions AS t ON t.wallet_id = r.wallet_id AND t.seq = r.seq AND t.at = r.at AND t.type = 'capture'
WHERE u.ended_at >= %(since)s AND u.ended_at < %(until)s AND u.cost_nanos IS DISTINCT FROM t.amount_nanos
ORDER BY u.ended_at
LIMIT %(limit)s;

-- name: rollups_beside_usage
WITH state AS (
    SELECT COALESCE(rolled_until, '-infinity') AS rolled_until, COALESCE(seen_until, '-infinity') AS seen_until
    FROM usage_rollup_state
),
counted AS (
    SELECT date_trunc('hour', ended_at, 'UTC') AS hour, org_id, count(*) AS requests, sum(cost_nanos) AS cost_nanos,
           sum(input_uncached + input_cached_read + input_cache_write + input_audio + input_image
               + output_text + output_reasoning + output_audio + output_image) AS tokens,
           max(stored_at) AS stored_at
    FROM usage_records
    WHERE ended_at >= %(since)s AND ended_at < %(until)s
    GROUP BY 1, 2
),
rolled AS (
    SELECT hour, org_id, sum(requests) AS requests, sum(cost_nanos) AS cost_nanos,
           sum(input_uncached + input_cached_read + input_cache_write + input_audio + input_image
               + output_text + output_reasoning + output_audio + output_image) AS tokens
    FROM usage_rollups
    WHERE hour >= %(since)s AND hour < %(until)s
    GROUP BY 1, 2
)
SELECT hour, org_id, counted.requests || '/' || counted.cost_nanos AS here,
       rolled.requests || '/' || rolled.cost_nanos AS there
FROM counted
FULL JOIN rolled USING (hour, org_id)
CROSS JOIN state
WHERE hour < state.rolled_until AND (counted.stored_at IS NULL OR counted.stored_at < state.seen_until)
  AND (counted.requests, counted.cost_nanos, counted.tokens)
      IS DISTINCT FROM (rolled.requests, rolled.cost_nanos, rolled.tokens)
ORDER BY hour, org_id
LIMIT %(limit)s;

-- name: sums_beside_rollups
-- Each dimension's days add up to the organization's roll-ups, and so do those of each pair of dimensions, and thirds.
WITH one AS (
    SELECT name, place
    FROM unnest(ARRAY['workspace', 'project', 'key', 'user', 'model', 'app']) WITH ORDINALITY AS one (name, place)
),
split AS (
    SELECT 'none' AS dimension
    UNION ALL
    SELECT name FROM one
    UNION ALL
    SELECT first.name || '+' || second.name FROM one AS first JOIN one AS second ON first.place < second.place
    UNION ALL
    SELECT 'all'
),
rolled AS (
    SELECT date_trunc('day', hour, 'UTC') AS day, org_id, sum(requests) AS requests, sum(cost_nanos) AS cost_nanos
    FROM usage_rollups
    WHERE hour >= %(since)s AND hour < %(until)s
      AND hour < (SELECT COALESCE(rolled_until, '-infinity') FROM usage_rollup_state)
    GROUP BY 1, 2
),
expected AS (
    SELECT day, org_id, dimension, span, requests, cost_nanos
    FROM rolled
    CROSS JOIN split
    CROSS JOIN unnest(ARRAY['third', 'day']) AS span
),
summed AS (
    SELECT date_trunc('day', starts_at, 'UTC') AS day, org_id, dimension, span, sum(requests) AS requests,
           sum(cost_nanos) AS cost_nanos
    FROM (
        SELECT starts_at, org_id, dimension, span, requests, cost_nanos FROM usage_sums WHERE span <> 'month'
        UNION ALL
        SELECT starts_at, org_id, 'all', span, requests, cost_nanos FROM usage_full_sums
    ) AS sums
    WHERE starts_at >= %(since)s AND starts_at < %(until)s
      AND starts_at < (SELECT COALESCE(rolled_until, '-infinity') FROM usage_rollup_state)
    GROUP BY 1, 2, 3, 4
)
SELECT day, org_id, dimension, span, expected.requests || '/' || expected.cost_nanos AS here,
       summed.requests || '/' || summed.cost_nanos AS there
FROM expected
FULL JOIN summed USING (day, org_id, dimension, span)
WHERE (expected.requests, expected.cost_nanos) IS DISTINCT FROM (summed.requests, summed.cost_nanos)
ORDER BY day, org_id, dimension, span
LIMIT %(limit)s;
