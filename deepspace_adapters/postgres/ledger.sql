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
SELECT r.org_id, r.ref, r.wallet_id, r.seq, r.at, r.code, r.fingerprint::text, r.outcome::text
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

-- name: write_batch
-- All that a batch writes, in one statement: what a statement costs beside its rows is a third of a lone command's time.
-- The wallets come first, because the answer asks for them: only where each is what was decided on (its root tells of every
-- row, its terms of all that has none) are they locked and changed, else nothing is. Their lock covers the rest.
-- Elements are taken by subscript: `unnest` of many arrays makes a tuple store of each, a hundred in all.
WITH moved AS (
    UPDATE wallets w
       SET balance_nanos = n.balance_nanos, frozen_nanos = n.frozen_nanos, receivable_nanos = n.receivable_nanos,
           version = n.version, updated_at = n.updated_at, root = n.root
      FROM (SELECT (%(w_id)s::uuid[])[i] AS id, (%(w_balance_nanos)s::bigint[])[i] AS balance_nanos,
                   (%(w_frozen_nanos)s::bigint[])[i] AS frozen_nanos,
                   (%(w_receivable_nanos)s::bigint[])[i] AS receivable_nanos, (%(w_version)s::bigint[])[i] AS version,
                   (%(w_updated_at)s::timestamptz[])[i] AS updated_at, (%(w_root)s::bytea[])[i] AS root,
                   (%(w_version_before)s::bigint[])[i] AS version_before,
                   (%(w_root_before)s::bytea[])[i] AS root_before, (%(w_terms)s::bigint[])[i] AS terms
              FROM generate_series(1, %(w_count)s::int) AS i) AS n
     WHERE w.id = n.id AND w.version = n.version_before AND w.root = n.root_before AND w.terms = n.terms
    RETURNING 1
), changed AS (
    UPDATE holds h
       SET state = n.state, extended_nanos = n.extended_nanos, captured_nanos = n.captured_nanos,
           released_nanos = n.released_nanos, expired_nanos = n.expired_nanos, remaining_nanos = n.remaining_nanos,
           overage_nanos = n.overage_nanos, settled_late = n.settled_late, expires_at = n.expires_at,
           updated_at = n.updated_at, version = n.version
      FROM (SELECT (%(c_id)s::uuid[])[i] AS id, (%(c_state)s::text[])[i] AS state,
                   (%(c_extended_nanos)s::bigint[])[i] AS extended_nanos,
                   (%(c_captured_nanos)s::bigint[])[i] AS captured_nanos,
                   (%(c_released_nanos)s::bigint[])[i] AS released_nanos,
                   (%(c_expired_nanos)s::bigint[])[i] AS expired_nanos,
                   (%(c_remaining_nanos)s::bigint[])[i] AS remaining_nanos,
                   (%(c_overage_nanos)s::bigint[])[i] AS overage_nanos,
                   (%(c_settled_late)s::boolean[])[i] AS settled_late,
                   (%(c_expires_at)s::timestamptz[])[i] AS expires_at,
                   (%(c_updated_at)s::timestamptz[])[i] AS updated_at, (%(c_version)s::bigint[])[i] AS version,
                   (%(c_version_before)s::bigint[])[i] AS version_before
              FROM generate_series(1, %(c_count)s::int) AS i) AS n
     WHERE h.id = n.id AND h.version = n.version_before
    RETURNING 1
), added_rows AS (
    INSERT INTO transactions (
           id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
           receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos,
           currency, hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at, root)
    SELECT (%(t_id)s::uuid[])[i], (%(t_org_id)s::uuid[])[i], (%(t_wallet_id)s::uuid[])[i], (%(t_seq)s::bigint[])[i],
           (%(t_type)s::text[])[i], (%(t_ref)s::text[])[i], (%(t_amount_nanos)s::bigint[])[i],
           (%(t_balance_delta_nanos)s::bigint[])[i], (%(t_frozen_delta_nanos)s::bigint[])[i],
           (%(t_receivable_delta_nanos)s::bigint[])[i], (%(t_released_nanos)s::bigint[])[i],
           (%(t_balance_after_nanos)s::bigint[])[i], (%(t_frozen_after_nanos)s::bigint[])[i],
           (%(t_receivable_after_nanos)s::bigint[])[i], (%(t_currency)s::text[])[i], (%(t_hold_id)s::uuid[])[i],
           (%(t_capture_ref)s::text[])[i], (%(t_late)s::boolean[])[i], (%(t_ends_hold)s::boolean[])[i],
           (%(t_trace_id)s::text[])[i], (%(t_actor)s::text[])[i], (%(t_description)s::text[])[i],
           (%(t_at)s::timestamptz[])[i], (%(t_root)s::bytea[])[i]
      FROM generate_series(1, %(t_count)s::int) AS i
), added_holds AS (
    INSERT INTO holds (
           id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos,
           expired_nanos, remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor,
           created_at, updated_at, version, caps)
    SELECT (%(h_id)s::uuid[])[i], (%(h_org_id)s::uuid[])[i], (%(h_wallet_id)s::uuid[])[i], (%(h_ref)s::text[])[i],
           (%(h_state)s::text[])[i], (%(h_amount_nanos)s::bigint[])[i], (%(h_extended_nanos)s::bigint[])[i],
           (%(h_captured_nanos)s::bigint[])[i], (%(h_released_nanos)s::bigint[])[i],
           (%(h_expired_nanos)s::bigint[])[i], (%(h_remaining_nanos)s::bigint[])[i],
           (%(h_overage_nanos)s::bigint[])[i], (%(h_settled_late)s::boolean[])[i],
           (%(h_expires_at)s::timestamptz[])[i], (%(h_price_id)s::uuid[])[i], (%(h_rates)s::text[])[i]::jsonb,
           (%(h_trace_id)s::text[])[i], (%(h_actor)s::text[])[i], (%(h_created_at)s::timestamptz[])[i],
           (%(h_updated_at)s::timestamptz[])[i], (%(h_version)s::bigint[])[i], (%(h_caps)s::text[])[i]::text[]
      FROM generate_series(1, %(h_count)s::int) AS i
), added_refs AS (
    INSERT INTO ledger_refs (org_id, ref, wallet_id, seq, at, code, fingerprint, outcome)
    SELECT (%(r_org_id)s::uuid[])[i], (%(r_ref)s::text[])[i], (%(r_wallet_id)s::uuid[])[i], (%(r_seq)s::bigint[])[i],
           (%(r_at)s::timestamptz[])[i], (%(r_code)s::text[])[i], (%(r_fingerprint)s::text[])[i]::jsonb,
           (%(r_outcome)s::text[])[i]::jsonb
      FROM generate_series(1, %(r_count)s::int) AS i
), counted AS (
    INSERT INTO budget_counters AS c (wallet_id, scope, scope_id, cap_window, starts_on, used_nanos, reserved_nanos)
    SELECT (%(b_wallet_id)s::uuid[])[i], (%(b_scope)s::text[])[i], (%(b_scope_id)s::uuid[])[i],
           (%(b_window)s::text[])[i], (%(b_starts_on)s::date[])[i], (%(b_used_nanos)s::bigint[])[i],
           (%(b_reserved_nanos)s::bigint[])[i]
      FROM generate_series(1, %(b_count)s::int) AS i
        ON CONFLICT (wallet_id, scope, scope_id, cap_window, starts_on)
        DO UPDATE SET used_nanos = excluded.used_nanos, reserved_nanos = excluded.reserved_nanos
)
SELECT require_rows((SELECT count(*) FROM moved), %(w_count)s::int, 'wallets'),
       require_rows((SELECT count(*) FROM changed), %(c_count)s::int, 'holds')
