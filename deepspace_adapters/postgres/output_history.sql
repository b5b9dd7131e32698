-- name: count_outputs
-- Of what was stored since then: found by the block range index of both times. `ended_at` is the call's own clock, which
-- may be behind the store's by as long as a capture waited for the database.
SELECT model_id, api_key_id, width_bucket(tokens, %(edges)s::bigint[]) AS bucket, count(*)::integer AS calls
FROM (
    SELECT model_id, api_key_id, output_text + output_reasoning + output_audio + output_image AS tokens
    FROM usage_records
    WHERE stored_at >= %(since)s AND ended_at >= %(since)s - interval '1 hour'
      AND usage_source = 'upstream' AND ending = 'completed'
    LIMIT %(limit)s
) AS stored
WHERE tokens > 0
GROUP BY 1, 2, 3;
