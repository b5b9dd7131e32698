-- name: enqueue
WITH job AS (
    INSERT INTO job_runs (id, name, payload, state, attempts, fence, trace_id, org_id, queued_at, due_at)
    VALUES (%(id)s, %(name)s, %(payload)s, 'queued', 0, 0, %(trace_id)s, %(org_id)s, %(now)s, %(available_at)s)
)
INSERT INTO outbox (id, name, trace_id, created_at, available_at, relays)
VALUES (%(id)s, %(name)s, %(trace_id)s, %(now)s, %(available_at)s, 0);

-- name: get_job
SELECT id AS job_id, name, payload, trace_id, org_id, queued_at, due_at, state, attempts, fence, progress_done,
       progress_total, progress_note, error, error_code, attempts_max, time_limit, started_at, lease_expires_at,
       finished_at, revision
FROM job_runs
WHERE id = %(id)s AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s);

-- name: list_jobs
SELECT id AS job_id, name, payload, trace_id, org_id, queued_at, due_at, state, attempts, fence, progress_done,
       progress_total, progress_note, error, error_code, attempts_max, time_limit, started_at, lease_expires_at,
       finished_at, revision
FROM job_runs
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(name)s::text IS NULL OR name = %(name)s)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
  AND (%(since)s::timestamptz IS NULL OR queued_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR queued_at < %(until)s)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: find_jobs
SELECT id AS job_id, name, payload, trace_id, org_id, queued_at, due_at, state, attempts, fence, progress_done,
       progress_total, progress_note, error, error_code, attempts_max, time_limit, started_at, lease_expires_at,
       finished_at, revision
FROM job_runs
WHERE id = ANY (%(ids)s);

-- name: count_jobs
SELECT name, state, count(*) AS count, min(due_at) AS oldest_due_at
FROM job_runs
WHERE state IN ('queued', 'running', 'cancelling', 'dead')
GROUP BY name, state
ORDER BY name, state;

-- name: count_deliveries
SELECT count(*), min(available_at) FROM outbox WHERE available_at <= %(now)s;

-- name: lock_job
SELECT id AS job_id, name, payload, trace_id, org_id, queued_at, due_at, state, attempts, fence, progress_done,
       progress_total, progress_note, error, error_code, attempts_max, time_limit, started_at, lease_expires_at,
       finished_at, revision
FROM job_runs
WHERE id = %(id)s
FOR UPDATE;

-- name: save_job
UPDATE job_runs
SET state = %(state)s, attempts = %(attempts)s, fence = %(fence)s, progress_done = %(progress_done)s,
    progress_total = %(progress_total)s, progress_note = %(progress_note)s, error = %(error)s, error_code = %(error_code)s,
    attempts_max = %(attempts_max)s, time_limit = %(time_limit)s, queued_at = %(queued_at)s, due_at = %(due_at)s,
    started_at = %(started_at)s, lease_expires_at = %(lease_expires_at)s, finished_at = %(finished_at)s,
    revision = revision + 1
WHERE id = %(id)s;

-- name: renew_leases
WITH wanted AS (
    SELECT job.id
    FROM job_runs AS job
    JOIN unnest(%(ids)s::uuid[], %(fences)s::integer[]) AS lease (id, fence)
        ON job.id = lease.id AND job.fence = lease.fence
    WHERE job.state IN ('running', 'cancelling')
    ORDER BY job.id
    FOR UPDATE OF job
), renewed AS (
    UPDATE job_runs SET lease_expires_at = %(until)s FROM wanted WHERE job_runs.id = wanted.id
), deliveries AS (
    SELECT outbox.id FROM outbox JOIN wanted ON wanted.id = outbox.id ORDER BY outbox.id FOR UPDATE OF outbox
), deferred AS (
    UPDATE outbox SET available_at = %(until)s FROM deliveries WHERE outbox.id = deliveries.id
)
SELECT id FROM wanted;

-- name: attend
WITH held AS (
    SELECT job.id, job.state, report.done, report.total, report.note
    FROM job_runs AS job
    JOIN unnest(%(ids)s::uuid[], %(fences)s::integer[], %(dones)s::bigint[], %(totals)s::bigint[], %(notes)s::text[])
        AS report (id, fence, done, total, note) ON job.id = report.id AND job.fence = report.fence
    WHERE job.state IN ('running', 'cancelling')
    ORDER BY job.id
    FOR UPDATE OF job
), written AS (
    UPDATE job_runs
    SET progress_done = held.done, progress_total = held.total, progress_note = held.note, revision = revision + 1
    FROM held
    WHERE job_runs.id = held.id AND held.done IS NOT NULL
)
SELECT id FROM held WHERE state = 'cancelling';

-- name: prune_jobs
DELETE FROM job_runs
WHERE id IN (
    SELECT id
    FROM job_runs
    WHERE finished_at < %(finished_before)s AND state = %(state)s
    ORDER BY finished_at
    LIMIT %(limit)s
);
