-- name: transactions
SELECT at, 'txn_' || replace(id::text, '-', ''), seq, type, ref, trim_scale(amount_nanos / 1000000000.0)::text,
       currency, amount_nanos, balance_after_nanos, frozen_after_nanos, actor, description, trace_id
FROM transactions
WHERE org_id = %(org_id)s
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
  AND %(project_id)s::uuid IS NULL
  AND %(user_id)s::uuid IS NOT NULL
ORDER BY at, seq;

-- name: usage
SELECT ended_at, 'usage_' || replace(id::text, '-', ''), 'proj_' || replace(project_id::text, '-', ''),
       'key_' || replace(api_key_id::text, '-', ''), 'user_' || replace(user_id::text, '-', ''), model_name, route,
       ending, usage_source, input_uncached, input_cached_read, input_cache_write, input_audio, input_image, output_text,
       output_reasoning, output_audio, output_image, trim_scale(cost_nanos / 1000000000.0)::text, currency, cost_nanos,
       latency_ms, trace_id
FROM usage_records
WHERE org_id = %(org_id)s
  AND (%(since)s::timestamptz IS NULL OR ended_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR ended_at < %(until)s)
  AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
  AND %(user_id)s::uuid IS NOT NULL
ORDER BY id;

-- name: audit
SELECT at, 'evt_' || replace(id::text, '-', ''), event_type, actor, subject, trace_id, payload::text
FROM audit_logs
WHERE org_id = %(org_id)s
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
  AND %(project_id)s::uuid IS NULL
  AND %(user_id)s::uuid IS NOT NULL
ORDER BY id;

-- name: conversations
SELECT m.created_at, 'conv_' || replace(c.id::text, '-', ''), c.title, 'proj_' || replace(c.project_id::text, '-', ''),
       'msg_' || replace(m.id::text, '-', ''), m.role,
       (SELECT string_agg(part ->> 'text', '') FROM jsonb_array_elements(m.content_json) AS part),
       coalesce(m.metadata ->> 'model', m.metadata ->> 'model_name', c.model_name), m.trace_id
FROM conversations AS c
JOIN messages AS m ON m.org_id = c.org_id AND m.conversation_id = c.id
WHERE c.org_id = %(org_id)s
  AND c.user_id = %(user_id)s::uuid
  AND c.deleted_at IS NULL
  AND (%(since)s::timestamptz IS NULL OR m.created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR m.created_at < %(until)s)
  AND (%(project_id)s::uuid IS NULL OR c.project_id = %(project_id)s)
ORDER BY c.id, m.id;
