-- name: claim
-- What is over may be claimed by anybody; otherwise the second part tells what stands there. Both parts are empty when
-- another's claim was committed after this statement began: whoever asks then asks again.
WITH claimed AS (
    INSERT INTO idempotency_keys AS standing (
        org_id, key_hash, body_hash, call_id, trace_id, state, claimed_at, lease_until, expires_at
    )
    VALUES (
        %(org_id)s::uuid, %(key_hash)s::bytea, %(body_hash)s::bytea, %(call_id)s::uuid, %(trace_id)s::text, 'running',
        %(claimed_at)s::timestamptz, %(lease_until)s::timestamptz, %(expires_at)s::timestamptz
    )
    ON CONFLICT (org_id, key_hash) DO UPDATE
    SET body_hash = EXCLUDED.body_hash, call_id = EXCLUDED.call_id, trace_id = EXCLUDED.trace_id, state = 'running',
        claimed_at = EXCLUDED.claimed_at, lease_until = EXCLUDED.lease_until, expires_at = EXCLUDED.expires_at,
        status = NULL, content_type = NULL, cost = NULL, sealed = NULL, sealed_bytes = 0
    WHERE standing.expires_at <= EXCLUDED.claimed_at
       OR (standing.state = 'running' AND standing.lease_until <= EXCLUDED.claimed_at)
    RETURNING org_id
)
SELECT true AS ours, NULL AS state, NULL AS body_hash, NULL AS trace_id, NULL AS lease_until, NULL AS status,
       NULL AS content_type, NULL AS cost, NULL AS sealed
FROM claimed
UNION ALL
SELECT false, state, body_hash, trace_id, lease_until, status, content_type, cost, sealed
FROM idempotency_keys
WHERE org_id = %(org_id)s::uuid AND key_hash = %(key_hash)s::bytea AND NOT EXISTS (SELECT FROM claimed);

-- name: free
DELETE FROM idempotency_keys
WHERE org_id = %(org_id)s AND key_hash = %(key_hash)s AND call_id = %(call_id)s AND state = 'running';

-- name: write_answers
-- Rides in the ledger's commit. A row that is gone (its lease ran out and was pruned) is made again; one that is another
-- call's by now is left to it.
INSERT INTO idempotency_keys AS standing (
    org_id, key_hash, body_hash, call_id, trace_id, state, claimed_at, lease_until, expires_at,
    status, content_type, cost, sealed, sealed_bytes
)
SELECT org_id, decode(key_hash, 'hex'), decode(body_hash, 'hex'), call_id, trace_id,
       CASE WHEN sealed IS NULL THEN 'dropped' ELSE 'kept' END, claimed_at, lease_until, expires_at,
       status, content_type, cost, decode(sealed, 'base64'), coalesce(length(decode(sealed, 'base64')), 0)
FROM unnest(
    %(org_ids)s::uuid[], %(key_hashes)s::text[], %(body_hashes)s::text[], %(call_ids)s::uuid[], %(trace_ids)s::text[],
    %(claimed_ats)s::timestamptz[], %(lease_untils)s::timestamptz[], %(expires_ats)s::timestamptz[],
    %(statuses)s::smallint[], %(content_types)s::text[], %(costs)s::text[], %(sealeds)s::text[]
) AS given (
    org_id, key_hash, body_hash, call_id, trace_id, claimed_at, lease_until, expires_at, status, content_type, cost,
    sealed
)
ORDER BY org_id, key_hash
ON CONFLICT (org_id, key_hash) DO UPDATE
SET state = EXCLUDED.state, status = EXCLUDED.status, content_type = EXCLUDED.content_type, cost = EXCLUDED.cost, sealed = EXCLUDED.sealed,
    sealed_bytes = EXCLUDED.sealed_bytes
WHERE standing.call_id = EXCLUDED.call_id;

-- name: prune
DELETE FROM idempotency_keys
WHERE (org_id, key_hash) IN (
    SELECT org_id, key_hash FROM idempotency_keys
    WHERE expires_at <= %(now)s
    ORDER BY expires_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
);

-- name: shrink
-- From the newest answer back: what lies beyond the bound of its organization is dropped.
WITH full_orgs AS (
    SELECT org_id FROM idempotency_keys GROUP BY org_id HAVING sum(sealed_bytes) > %(bytes_max)s::bigint
),
ranked AS (
    SELECT org_id, key_hash, claimed_at,
           sum(sealed_bytes) OVER (PARTITION BY org_id ORDER BY claimed_at DESC, key_hash) AS bytes_so_far
    FROM idempotency_keys
    WHERE state = 'kept' AND org_id IN (SELECT org_id FROM full_orgs)
)
UPDATE idempotency_keys AS kept
SET state = 'dropped', status = NULL, content_type = NULL, cost = NULL, sealed = NULL, sealed_bytes = 0
FROM (
    SELECT org_id, key_hash FROM ranked
    WHERE bytes_so_far > %(bytes_max)s::bigint
    ORDER BY claimed_at, org_id, key_hash
    LIMIT %(limit)s
) AS oldest
WHERE kept.org_id = oldest.org_id AND kept.key_hash = oldest.key_hash AND kept.state = 'kept';
