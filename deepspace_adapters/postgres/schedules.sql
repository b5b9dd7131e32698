-- name: lead
SELECT pg_try_advisory_xact_lock(%(key)s);

-- name: add_missing
INSERT INTO schedules (name, cron, time_zone, job_name, payload, enabled, next_fire_at)
VALUES (%(name)s, %(cron)s, %(time_zone)s, %(job_name)s, %(payload)s, %(enabled)s, %(next_fire_at)s)
ON CONFLICT (name) DO NOTHING;

-- name: list_schedules
SELECT name, cron, time_zone, job_name, payload, next_fire_at, enabled, last_fired_at, last_job_id
FROM schedules
ORDER BY name;

-- name: list_due
SELECT name, cron, time_zone, job_name, payload, next_fire_at, enabled, last_fired_at, last_job_id
FROM schedules
WHERE enabled AND next_fire_at <= %(now)s
ORDER BY next_fire_at, name;

-- name: get_schedule
SELECT name, cron, time_zone, job_name, payload, next_fire_at, enabled, last_fired_at, last_job_id
FROM schedules
WHERE name = %(name)s
FOR UPDATE;

-- name: save_schedule
UPDATE schedules
SET cron = %(cron)s, time_zone = %(time_zone)s, enabled = %(enabled)s, next_fire_at = %(next_fire_at)s,
    last_fired_at = %(last_fired_at)s, last_job_id = %(last_job_id)s
WHERE name = %(name)s;

-- name: advance
UPDATE schedules
SET next_fire_at = %(next_fire_at)s, last_fired_at = %(last_fired_at)s, last_job_id = %(last_job_id)s
WHERE name = %(name)s AND enabled AND next_fire_at = %(was_due_at)s;
