-- name: write_events
INSERT INTO audit_logs (id, at, event_type, org_id, actor, subject, trace_id, payload)
SELECT (%(id)s::uuid[])[i], (%(at)s::timestamptz[])[i], (%(event_type)s::text[])[i], (%(org_id)s::uuid[])[i],
       (%(actor)s::text[])[i], (%(subject)s::text[])[i], (%(trace_id)s::text[])[i], (%(payload)s::text[])[i]::jsonb
  FROM generate_series(1, %(count)s::int) AS i
    ON CONFLICT DO NOTHING;

-- name: write_requests
INSERT INTO request_logs (
    id, trace_id, org_id, project_id, api_key_id, user_id, method, route, model_name, stream, status, error_code,
    stages, client_address, user_agent, request_bytes, response_bytes, started_at, duration_ms, first_token_ms,
    upstream_request_id, upstream_status, attempts, channel
)
SELECT (%(id)s::uuid[])[i], (%(trace_id)s::text[])[i], (%(org_id)s::uuid[])[i], (%(project_id)s::uuid[])[i],
       (%(api_key_id)s::uuid[])[i], (%(user_id)s::uuid[])[i], (%(method)s::text[])[i], (%(route)s::text[])[i],
       (%(model_name)s::text[])[i], (%(stream)s::boolean[])[i], (%(status)s::integer[])[i],
       (%(error_code)s::text[])[i], (%(stages)s::text[])[i]::json, (%(client_address)s::text[])[i],
       (%(user_agent)s::text[])[i], (%(request_bytes)s::bigint[])[i], (%(response_bytes)s::bigint[])[i],
       (%(started_at)s::timestamptz[])[i], (%(duration_ms)s::bigint[])[i], (%(first_token_ms)s::bigint[])[i],
       (%(upstream_request_id)s::text[])[i], (%(upstream_status)s::integer[])[i], (%(attempts)s::integer[])[i],
       (%(channel)s::text[])[i]
  FROM generate_series(1, %(count)s::int) AS i
    ON CONFLICT DO NOTHING;

-- name: list_events
-- A type that ends in a dot stands for its family. starts_with, not LIKE: an underscore is a letter here.
SELECT id, at, event_type, org_id, actor, subject, trace_id, payload
FROM audit_logs
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(event_type)s::text IS NULL OR event_type = %(event_type)s
       OR (right(%(event_type)s, 1) = '.' AND starts_with(event_type, %(event_type)s)))
  AND (%(actor)s::text IS NULL OR actor = %(actor)s)
  AND (%(subject)s::text IS NULL OR subject = %(subject)s)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- piece: request_filters
-- A project names its organization too, for the sake of the index that begins with it.
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(api_key_id)s::uuid IS NULL OR api_key_id = %(api_key_id)s)
  AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)
  AND (%(project_id)s::uuid IS NULL
       OR (project_id = %(project_id)s AND org_id = (SELECT p.org_id FROM projects AS p WHERE p.id = %(project_id)s)))
  AND (%(workspace_id)s::uuid IS NULL
       OR (org_id = (SELECT w.org_id FROM workspaces AS w WHERE w.id = %(workspace_id)s)
           AND project_id IN (SELECT p.id FROM projects AS p WHERE p.workspace_id = %(workspace_id)s)))
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)
  AND ((%(ending)s::text IS NULL AND %(app_id)s::uuid IS NULL) OR EXISTS (
          SELECT FROM usage_records AS u
          WHERE u.trace_id = request_logs.trace_id AND u.org_id = request_logs.org_id
            AND u.started_at = request_logs.started_at AND u.ended_at >= request_logs.started_at
            AND (%(ending)s::text IS NULL OR u.ending = %(ending)s)
            AND (%(app_id)s::uuid IS NULL OR u.app_id = %(app_id)s)
      ))
  AND (%(model_name)s::text IS NULL OR model_name = %(model_name)s)
  AND (%(error_code)s::text IS NULL OR error_code = %(error_code)s)
  AND (%(status_min)s::integer IS NULL OR status >= %(status_min)s)
  AND (%(status_max)s::integer IS NULL OR status <= %(status_max)s)
  AND (%(route)s::text IS NULL OR route = %(route)s)
  AND (%(slower_than_ms)s::bigint IS NULL OR duration_ms > %(slower_than_ms)s)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
  AND (%(since)s::timestamptz IS NULL OR started_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR started_at < %(until)s)

-- name: list_requests
SELECT *
FROM request_logs
-- include: request_filters
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: total_requests
SELECT count(*) AS requests, count(*) FILTER (WHERE status >= 400) AS failed,
       count(*) FILTER (WHERE status >= 500) AS faults, coalesce(sum(request_bytes), 0)::bigint AS request_bytes,
       coalesce(sum(response_bytes), 0)::bigint AS response_bytes,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms) AS median_ms,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_ms
FROM request_logs
-- include: request_filters;

-- name: traces_of_request
-- Found first and sorted then: with OR, the planner may rather read the newest requests until one fits.
SELECT found.trace_id
FROM (
    SELECT id, trace_id FROM request_logs WHERE upstream_request_id = %(name)s
    UNION
    SELECT id, trace_id FROM request_logs WHERE id = %(id)s::uuid
) AS found
ORDER BY found.id DESC
LIMIT %(limit)s;

-- name: orgs_to_seal
-- Steps from one organization to the next along the index instead of reading every event, or every seal, there is.
WITH RECURSIVE known AS (
    (SELECT org_id FROM audit_logs WHERE org_id IS NOT NULL ORDER BY org_id LIMIT 1)
    UNION ALL
    SELECT (SELECT later.org_id FROM audit_logs later WHERE later.org_id > known.org_id ORDER BY later.org_id LIMIT 1)
    FROM known
    WHERE known.org_id IS NOT NULL
)
SELECT known.org_id
FROM known
LEFT JOIN LATERAL (
    SELECT s.until FROM audit_seals s WHERE s.org_id = known.org_id ORDER BY s.seq DESC LIMIT 1
) newest ON true
WHERE known.org_id IS NOT NULL AND EXISTS (
    SELECT FROM audit_logs a
    WHERE a.org_id = known.org_id AND a.stored_at < %(until)s AND a.stored_at >= COALESCE(newest.until, '-infinity')
)
UNION ALL
SELECT NULL
WHERE EXISTS (
    SELECT FROM audit_logs a
    WHERE a.org_id IS NULL AND a.stored_at < %(until)s
      AND a.stored_at >= COALESCE(
          (SELECT s.until FROM audit_seals s WHERE s.org_id IS NULL ORDER BY s.seq DESC LIMIT 1), '-infinity'
      )
)
LIMIT %(limit)s;

-- name: events_stored
SELECT id, at, event_type, org_id, actor, subject, trace_id, payload, stored_at
FROM audit_logs
WHERE (org_id = %(org_id)s::uuid OR (%(org_id)s::uuid IS NULL AND org_id IS NULL))
  AND (%(since)s::timestamptz IS NULL OR stored_at >= %(since)s)
  AND stored_at < %(until)s
ORDER BY stored_at, id
LIMIT %(limit)s;

-- name: find_last_seal
SELECT org_id, seq, since, until, rows, root, previous_root, sealed_at
FROM audit_seals
-- Not IS NOT DISTINCT FROM, for which PostgreSQL has no index.
WHERE (org_id = %(org_id)s::uuid OR (%(org_id)s::uuid IS NULL AND org_id IS NULL))
ORDER BY seq DESC
LIMIT 1;

-- name: add_seal
INSERT INTO audit_seals (org_id, seq, since, until, rows, root, previous_root, sealed_at)
VALUES (%(org_id)s, %(seq)s, %(since)s, %(until)s, %(rows)s, %(root)s, %(previous_root)s, %(sealed_at)s);

-- name: orgs_sealed
-- Steps from one chain to the next; one whose first seal was taken away is a chain, too.
WITH RECURSIVE known AS (
    (
        SELECT org_id FROM audit_seals
        WHERE org_id IS NOT NULL AND (%(after)s::uuid IS NULL OR org_id > %(after)s::uuid)
        ORDER BY org_id
        LIMIT 1
    )
    UNION ALL
    SELECT (SELECT later.org_id FROM audit_seals later WHERE later.org_id > known.org_id ORDER BY later.org_id LIMIT 1)
    FROM known
    WHERE known.org_id IS NOT NULL
)
SELECT org_id FROM known WHERE org_id IS NOT NULL LIMIT %(limit)s;

-- name: seals_of
SELECT org_id, seq, since, until, rows, root, previous_root, sealed_at
FROM audit_seals
WHERE (org_id = %(org_id)s::uuid OR (%(org_id)s::uuid IS NULL AND org_id IS NULL)) AND seq > %(after_seq)s
ORDER BY seq
LIMIT %(limit)s;
