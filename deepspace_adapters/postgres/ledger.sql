-- name: open_wallet
INSERT INTO wallets (id, org_id, currency, credit_limit_nanos, opened_at, updated_at)
VALUES (%(wallet_id)s, %(org_id)s, %(currency)s, %(credit_limit_nanos)s, %(now)s, %(now)s)

-- name: prefer_indexes
-- For this transaction, or for as long as the connection lives. Every statement here finds its rows by key, but the
-- planner, who sees a young table and an array of unknown length, joins by hashing all of it, and keeps that plan while
-- the table grows. Nor is a plan for each array's own length worth the planning.
SELECT set_config('enable_seqscan', 'off', local), set_config('enable_hashjoin', 'off', local),
       set_config('enable_mergejoin', 'off', local), set_config('plan_cache_mode', 'force_generic_plan', local)
  FROM (VALUES (%(local)s::boolean)) AS told (local)

-- name: prefer_nothing
RESET ALL

-- name: lock_wallets
-- Sorted, so that two batches that share wallets wait for each other instead of deadlocking.
SELECT id, org_id, currency, balance_nanos, frozen_nanos, receivable_nanos, credit_limit_nanos, version,
       opened_at, updated_at, closed_at, capped, root, chained_after, terms
  FROM wallets
 WHERE id = ANY(%(wallet_ids)s::uuid[])
 ORDER BY id
   FOR NO KEY UPDATE

-- name: only_look
-- One snapshot, and no lock: what a dry run sees nobody has to wait for.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY

-- name: find_wallets
SELECT id, org_id, currency, balance_nanos, frozen_nanos, receivable_nanos, credit_limit_nanos, version,
       opened_at, updated_at, closed_at, capped, root, chained_after, terms
  FROM wallets
 WHERE id = ANY(%(wallet_ids)s::uuid[])

-- name: find_refs
SELECT r.org_id, r.ref, r.wallet_id, r.seq, r.at, r.code, r.fingerprint, r.outcome
  FROM unnest(%(org_ids)s::uuid[], %(refs)s::text[]) AS k (org_id, ref)
  JOIN ledger_refs r ON r.org_id = k.org_id AND r.ref = k.ref COLLATE "C"

-- name: find_rows
-- Apart from find_refs, because a replay is rare and planning over every month's partition is not free.
SELECT t.id, t.org_id, t.wallet_id, t.seq, t.type, t.ref, t.amount_nanos, t.balance_delta_nanos, t.frozen_delta_nanos,
       t.receivable_delta_nanos, t.released_nanos, t.balance_after_nanos, t.frozen_after_nanos,
       t.receivable_after_nanos, t.currency, t.hold_id, t.capture_ref, t.late, t.ends_hold, t.trace_id, t.actor,
       t.description, t.at
  FROM unnest(%(wallet_ids)s::uuid[], %(seqs)s::bigint[], %(ats)s::timestamptz[]) AS k (wallet_id, seq, at)
  JOIN transactions t ON t.wallet_id = k.wallet_id AND t.seq = k.seq AND t.at = k.at

-- name: find_holds_by_ref
SELECT h.id, h.org_id, h.wallet_id, h.ref, h.state, h.amount_nanos, h.extended_nanos, h.captured_nanos,
       h.released_nanos, h.expired_nanos, h.remaining_nanos, h.overage_nanos, h.settled_late, h.expires_at, h.price_id,
       h.rates, h.trace_id, h.actor, h.created_at, h.updated_at, h.version, h.caps
  FROM unnest(%(org_ids)s::uuid[], %(refs)s::text[]) AS k (org_id, ref)
  JOIN holds h ON h.org_id = k.org_id AND h.ref = k.ref COLLATE "C"

-- name: find_holds_by_id
-- The organization only filters (IS NOT DISTINCT FROM uses no index): the id alone finds the row.
SELECT h.id, h.org_id, h.wallet_id, h.ref, h.state, h.amount_nanos, h.extended_nanos, h.captured_nanos,
       h.released_nanos, h.expired_nanos, h.remaining_nanos, h.overage_nanos, h.settled_late, h.expires_at, h.price_id,
       h.rates, h.trace_id, h.actor, h.created_at, h.updated_at, h.version, h.caps
  FROM unnest(%(org_ids)s::uuid[], %(hold_ids)s::uuid[]) AS k (org_id, id)
  JOIN holds h ON h.id = k.id AND h.org_id IS NOT DISTINCT FROM k.org_id

-- name: find_due_holds
SELECT h.id, h.org_id, h.wallet_id, h.ref, h.state, h.amount_nanos, h.extended_nanos, h.captured_nanos,
       h.released_nanos, h.expired_nanos, h.remaining_nanos, h.overage_nanos, h.settled_late, h.expires_at, h.price_id,
       h.rates, h.trace_id, h.actor, h.created_at, h.updated_at, h.version, h.caps
  FROM holds h
 WHERE h.state IN ('pending', 'partially_captured')
   AND h.expires_at <= %(now)s::timestamptz
   AND h.wallet_id = ANY(%(wallet_ids)s::uuid[])
 ORDER BY h.expires_at, h.id
 LIMIT %(limit)s::bigint

-- name: find_captures
SELECT k.org_id, k.ref, t.wallet_id, t.hold_id, t.amount_nanos,
       COALESCE((SELECT sum(f.amount_nanos) FROM transactions f
                  WHERE f.org_id = k.org_id AND f.capture_ref = k.ref COLLATE "C" AND f.type = 'refund'), 0)::bigint
  FROM unnest(%(org_ids)s::uuid[], %(refs)s::text[]) AS k (org_id, ref)
  JOIN ledger_refs r ON r.org_id = k.org_id AND r.ref = k.ref COLLATE "C" AND r.seq IS NOT NULL
  JOIN transactions t ON t.wallet_id = r.wallet_id AND t.seq = r.seq AND t.at = r.at AND t.type = 'capture'

-- name: find_lines
-- Budgets in the period that each key names a moment of; one that has no counter yet has nothing counted.
SELECT b.wallet_id, b.scope, b.scope_id, b.cap_window, p.starts_on, b.cap_nanos,
       COALESCE(c.used_nanos, 0), COALESCE(c.reserved_nanos, 0)
  FROM unnest(%(wallet_ids)s::uuid[], %(scopes)s::text[], %(scope_ids)s::uuid[], %(days)s::date[])
       AS k (wallet_id, scope, scope_id, day)
  JOIN budgets b ON b.wallet_id = k.wallet_id AND b.scope = k.scope COLLATE "C" AND b.scope_id = k.scope_id
 CROSS JOIN LATERAL budget_period(b.cap_window, k.day) AS p (starts_on)
  LEFT JOIN budget_counters c ON c.wallet_id = b.wallet_id AND c.scope = b.scope AND c.scope_id = b.scope_id
                             AND c.cap_window = b.cap_window AND c.starts_on = p.starts_on
 WHERE p.starts_on >= b.counted_from
