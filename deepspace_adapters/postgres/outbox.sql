-- name: put_delivery
INSERT INTO outbox (id, name, trace_id, created_at, available_at, relays, relayed_at)
VALUES (%(id)s, %(name)s, %(trace_id)s, %(created_at)s, %(available_at)s, %(relays)s, %(relayed_at)s);

-- name: lock_due
SELECT id AS job_id, name, trace_id, created_at, available_at, relays, relayed_at
FROM outbox
WHERE available_at <= %(now)s AND name = ANY (%(names)s)
ORDER BY available_at
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED;

-- name: save_claims
UPDATE outbox
SET available_at = claim.available_at, relays = claim.relays
FROM unnest(%(ids)s::uuid[], %(available_ats)s::timestamptz[], %(relays)s::integer[])
    AS claim (id, available_at, relays)
WHERE outbox.id = claim.id;

-- name: mark_relayed
WITH taken AS (
    SELECT id FROM outbox WHERE id = ANY (%(ids)s) ORDER BY id FOR UPDATE
)
UPDATE outbox SET relayed_at = %(at)s FROM taken WHERE outbox.id = taken.id;

-- name: defer
WITH deferred AS (
    SELECT id FROM outbox WHERE id = ANY (%(ids)s) ORDER BY id FOR UPDATE
)
UPDATE outbox SET available_at = %(until)s FROM deferred WHERE outbox.id = deferred.id;

-- name: remove_delivery
DELETE FROM outbox WHERE id = %(id)s;
