-- name: calls
-- `ended_at` names the partitions: no call runs for longer than a day.
SELECT org_id, trace_id, started_at, ended_at, project_id, user_id, api_key_id, model_id, model_name,
       input_uncached + input_cached_read + input_cache_write + input_audio + input_image
       + output_text + output_reasoning + output_audio + output_image AS tokens,
       cost_nanos
FROM usage_records
WHERE org_id = %(org_id)s AND started_at >= %(since)s AND started_at < %(until)s
  AND ended_at >= %(since)s AND ended_at < %(until)s::timestamptz + interval '1 day'
ORDER BY started_at, id;

-- name: origins
SELECT api_key_id, client_address AS address, model_name, count(*) AS calls,
       (array_agg(trace_id ORDER BY started_at DESC))[1] AS trace_id, max(started_at) AS last_at
FROM request_logs
WHERE org_id = %(org_id)s AND started_at >= %(since)s AND started_at < %(until)s AND status < 400
GROUP BY 1, 2, 3
ORDER BY calls DESC, last_at DESC, trace_id
LIMIT %(limit)s;
