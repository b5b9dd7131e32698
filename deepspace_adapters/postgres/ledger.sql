-- name: open_wallet
INSERT INTO wallets (id, org_id, currency, credit_limit_nanos, opened_at, updated_at)
VALUES (%(wallet_id)s, %(org_id)s, %(currency)s, %(credit_limit_nanos)s, %(now)s, %(now)s)

-- name: prefer_indexes
-- For this transaction. Every statement here finds its rows by key, but the planner, who sees a young table and an array
-- of unknown length, joins by hashing all of it, and keeps that plan while the table grows.
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true)

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
       h.rates, h.trace_id, h.actor, h.created_at, h.updated_at, h.caps
  FROM unnest(%(org_ids)s::uuid[], %(refs)s::text[]) AS k (org_id, ref)
  JOIN holds h ON h.org_id = k.org_id AND h.ref = k.ref COLLATE "C"

-- name: find_holds_by_id
-- The organization only filters (IS NOT DISTINCT FROM uses no index): the id alone finds the row.
SELECT h.id, h.org_id, h.wallet_id, h.ref, h.state, h.amount_nanos, h.extended_nanos, h.captured_nanos,
       h.released_nanos, h.expired_nanos, h.remaining_nanos, h.overage_nanos, h.settled_late, h.expires_at, h.price_id,
       h.rates, h.trace_id, h.actor, h.created_at, h.updated_at, h.caps
  FROM unnest(%(org_ids)s::uuid[], %(hold_ids)s::uuid[]) AS k (org_id, id)
  JOIN holds h ON h.id = k.id AND h.org_id IS NOT DISTINCT FROM k.org_id

-- name: find_due_holds
SELECT h.id, h.org_id, h.wallet_id, h.ref, h.state, h.amount_nanos, h.extended_nanos, h.captured_nanos,
       h.released_nanos, h.expired_nanos, h.remaining_nanos, h.overage_nanos, h.settled_late, h.expires_at, h.price_id,
       h.rates, h.trace_id, h.actor, h.created_at, h.updated_at, h.caps
  FROM holds h
 WHERE h.state IN ('pending', 'partially_captured')
   AND h.expires_at <= %(now)b
   AND h.wallet_id = ANY(%(wallet_ids)s::uuid[])
 ORDER BY h.expires_at, h.id
 LIMIT %(limit)b

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

-- name: add_rows
INSERT INTO transactions (
       id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
       receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
       hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at, root)
SELECT * FROM unnest(
       %(id)s::uuid[], %(org_id)s::uuid[], %(wallet_id)s::uuid[], %(seq)s::bigint[], %(type)s::text[], %(ref)s::text[],
       %(amount_nanos)s::bigint[], %(balance_delta_nanos)s::bigint[], %(frozen_delta_nanos)s::bigint[],
       %(receivable_delta_nanos)s::bigint[], %(released_nanos)s::bigint[], %(balance_after_nanos)s::bigint[],
       %(frozen_after_nanos)s::bigint[], %(receivable_after_nanos)s::bigint[], %(currency)s::text[],
       %(hold_id)s::uuid[], %(capture_ref)s::text[], %(late)s::boolean[], %(ends_hold)s::boolean[],
       %(trace_id)s::text[], %(actor)s::text[], %(description)s::text[], %(at)s::timestamptz[],
       %(root)s::bytea[])

-- name: add_holds
INSERT INTO holds (
       id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos, expired_nanos,
       remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor, created_at,
       updated_at, caps)
SELECT n.id, n.org_id, n.wallet_id, n.ref, n.state, n.amount_nanos, n.extended_nanos, n.captured_nanos,
       n.released_nanos, n.expired_nanos, n.remaining_nanos, n.overage_nanos, n.settled_late, n.expires_at, n.price_id,
       n.rates::jsonb, n.trace_id, n.actor, n.created_at, n.updated_at, n.caps::text[]
  FROM unnest(
       %(id)s::uuid[], %(org_id)s::uuid[], %(wallet_id)s::uuid[], %(ref)s::text[], %(state)s::text[],
       %(amount_nanos)s::bigint[], %(extended_nanos)s::bigint[], %(captured_nanos)s::bigint[],
       %(released_nanos)s::bigint[], %(expired_nanos)s::bigint[], %(remaining_nanos)s::bigint[],
       %(overage_nanos)s::bigint[], %(settled_late)s::boolean[], %(expires_at)s::timestamptz[], %(price_id)s::uuid[],
       %(rates)s::text[], %(trace_id)s::text[], %(actor)s::text[], %(created_at)s::timestamptz[],
       %(updated_at)s::timestamptz[], %(caps)s::text[])
       AS n (id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos,
             expired_nanos, remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor,
             created_at, updated_at, caps)

-- name: change_holds
WITH changed AS (
    UPDATE holds h
       SET state = n.state, extended_nanos = n.extended_nanos, captured_nanos = n.captured_nanos,
           released_nanos = n.released_nanos, expired_nanos = n.expired_nanos, remaining_nanos = n.remaining_nanos,
           overage_nanos = n.overage_nanos, settled_late = n.settled_late, expires_at = n.expires_at,
           updated_at = n.updated_at
      FROM unnest(
           %(id)s::uuid[], %(state)s::text[], %(extended_nanos)s::bigint[],
           %(captured_nanos)s::bigint[], %(released_nanos)s::bigint[], %(expired_nanos)s::bigint[],
           %(remaining_nanos)s::bigint[], %(overage_nanos)s::bigint[], %(settled_late)s::boolean[],
           %(expires_at)s::timestamptz[], %(updated_at)s::timestamptz[])
           AS n (id, state, extended_nanos, captured_nanos, released_nanos, expired_nanos, remaining_nanos,
                 overage_nanos, settled_late, expires_at, updated_at)
     WHERE h.id = n.id AND h.state IN ('pending', 'partially_captured', 'expired')
    RETURNING 1
)
SELECT require_rows((SELECT count(*) FROM changed), %(wanted)s::bigint, 'holds')

-- name: change_wallets
-- Only where the wallet is what was decided on: its root tells of every row, its terms of all that has none.
WITH changed AS (
    UPDATE wallets w
       SET balance_nanos = n.balance_nanos, frozen_nanos = n.frozen_nanos, receivable_nanos = n.receivable_nanos,
           version = n.version, updated_at = n.updated_at, root = n.root
      FROM unnest(
           %(id)s::uuid[], %(balance_nanos)s::bigint[], %(frozen_nanos)s::bigint[], %(receivable_nanos)s::bigint[],
           %(version)s::bigint[], %(updated_at)s::timestamptz[], %(root)s::bytea[], %(version_before)s::bigint[],
           %(root_before)s::bytea[], %(terms)s::bigint[])
           AS n (id, balance_nanos, frozen_nanos, receivable_nanos, version, updated_at, root, version_before,
                 root_before, terms)
     WHERE w.id = n.id AND w.version = n.version_before AND w.root = n.root_before AND w.terms = n.terms
    RETURNING 1
)
SELECT require_rows((SELECT count(*) FROM changed), %(wanted)s::bigint, 'wallets')

-- name: add_refs
INSERT INTO ledger_refs (org_id, ref, wallet_id, seq, at, code, fingerprint, outcome)
SELECT n.org_id, n.ref, n.wallet_id, n.seq, n.at, n.code, n.fingerprint::jsonb, n.outcome::jsonb
  FROM unnest(
       %(org_id)s::uuid[], %(ref)s::text[], %(wallet_id)s::uuid[], %(seq)s::bigint[], %(at)s::timestamptz[],
       %(code)s::text[], %(fingerprint)s::text[], %(outcome)s::text[])
       AS n (org_id, ref, wallet_id, seq, at, code, fingerprint, outcome)

-- name: put_lines
-- The wallet's lock covers its counters: what was decided on is what stands here.
INSERT INTO budget_counters AS c (wallet_id, scope, scope_id, cap_window, starts_on, used_nanos, reserved_nanos)
SELECT * FROM unnest(
       %(wallet_id)s::uuid[], %(scope)s::text[], %(scope_id)s::uuid[], %(window)s::text[], %(starts_on)s::date[],
       %(used_nanos)s::bigint[], %(reserved_nanos)s::bigint[])
    ON CONFLICT (wallet_id, scope, scope_id, cap_window, starts_on)
    DO UPDATE SET used_nanos = excluded.used_nanos, reserved_nanos = excluded.reserved_nanos
