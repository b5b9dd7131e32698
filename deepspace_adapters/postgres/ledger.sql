-- name: open_wallet
INSERT INTO wallets (id, org_id, currency, credit_limit_nanos, opened_at, updated_at)
VALUES (%(wallet_id)s, %(org_id)s, %(currency)s, %(credit_limit_nanos)s, %(now)s, %(now)s)

-- name: lock_wallets
-- Sorted, so that two batches that share wallets wait for each other instead of deadlocking.
SELECT id, org_id, currency, balance_nanos, frozen_nanos, receivable_nanos, credit_limit_nanos, version,
       opened_at, updated_at, closed_at
  FROM wallets
 WHERE id = ANY(%(wallet_ids)b::uuid[])
 ORDER BY id
   FOR NO KEY UPDATE

-- name: find_refs
SELECT r.org_id, r.ref, r.wallet_id, r.seq, r.at, r.code, r.fingerprint::text, r.outcome::text
  FROM unnest(%(org_ids)b::uuid[], %(refs)b::text[]) AS k (org_id, ref)
  JOIN ledger_refs r ON r.org_id = k.org_id AND r.ref = k.ref COLLATE "C"

-- name: find_rows
-- Apart from find_refs, because a replay is rare and planning over every month's partition is not free.
SELECT t.id, t.org_id, t.wallet_id, t.seq, t.type, t.ref, t.amount_nanos, t.balance_delta_nanos, t.frozen_delta_nanos,
       t.receivable_delta_nanos, t.released_nanos, t.balance_after_nanos, t.frozen_after_nanos,
       t.receivable_after_nanos, t.currency, t.hold_id, t.capture_ref, t.late, t.ends_hold, t.trace_id, t.actor,
       t.description, t.at
  FROM unnest(%(wallet_ids)b::uuid[], %(seqs)b::bigint[], %(ats)b::timestamptz[]) AS k (wallet_id, seq, at)
  JOIN transactions t ON t.wallet_id = k.wallet_id AND t.seq = k.seq AND t.at = k.at

-- name: find_holds_by_ref
SELECT h.id, h.org_id, h.wallet_id, h.ref, h.state, h.amount_nanos, h.extended_nanos, h.captured_nanos,
       h.released_nanos, h.expired_nanos, h.remaining_nanos, h.overage_nanos, h.settled_late, h.expires_at, h.price_id,
       h.rates, h.trace_id, h.actor, h.created_at, h.updated_at
  FROM unnest(%(org_ids)b::uuid[], %(refs)b::text[]) AS k (org_id, ref)
  JOIN holds h ON h.org_id = k.org_id AND h.ref = k.ref COLLATE "C"

-- name: find_holds_by_id
SELECT h.id, h.org_id, h.wallet_id, h.ref, h.state, h.amount_nanos, h.extended_nanos, h.captured_nanos,
       h.released_nanos, h.expired_nanos, h.remaining_nanos, h.overage_nanos, h.settled_late, h.expires_at, h.price_id,
       h.rates, h.trace_id, h.actor, h.created_at, h.updated_at
  FROM unnest(%(org_ids)b::uuid[], %(hold_ids)b::uuid[]) AS k (org_id, id)
  JOIN holds h ON h.org_id = k.org_id AND h.id = k.id

-- name: find_due_holds
SELECT h.id, h.org_id, h.wallet_id, h.ref, h.state, h.amount_nanos, h.extended_nanos, h.captured_nanos,
       h.released_nanos, h.expired_nanos, h.remaining_nanos, h.overage_nanos, h.settled_late, h.expires_at, h.price_id,
       h.rates, h.trace_id, h.actor, h.created_at, h.updated_at
  FROM holds h
 WHERE h.state IN ('pending', 'partially_captured')
   AND h.expires_at <= %(now)b
   AND h.wallet_id = ANY(%(wallet_ids)b::uuid[])
 ORDER BY h.expires_at, h.id
 LIMIT %(limit)b

-- name: find_captures
SELECT k.org_id, k.ref, t.wallet_id, t.hold_id, t.amount_nanos,
       COALESCE((SELECT sum(f.amount_nanos) FROM transactions f
                  WHERE f.org_id = k.org_id AND f.capture_ref = k.ref COLLATE "C" AND f.type = 'refund'), 0)::bigint
  FROM unnest(%(org_ids)b::uuid[], %(refs)b::text[]) AS k (org_id, ref)
  JOIN ledger_refs r ON r.org_id = k.org_id AND r.ref = k.ref COLLATE "C" AND r.seq IS NOT NULL
  JOIN transactions t ON t.wallet_id = r.wallet_id AND t.seq = r.seq AND t.at = r.at AND t.type = 'capture'

-- name: add_rows
INSERT INTO transactions (
       id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
       receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
       hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at)
SELECT * FROM unnest(
       %(id)b::uuid[], %(org_id)b::uuid[], %(wallet_id)b::uuid[], %(seq)b::bigint[], %(type)b::text[], %(ref)b::text[],
       %(amount_nanos)b::bigint[], %(balance_delta_nanos)b::bigint[], %(frozen_delta_nanos)b::bigint[],
       %(receivable_delta_nanos)b::bigint[], %(released_nanos)b::bigint[], %(balance_after_nanos)b::bigint[],
       %(frozen_after_nanos)b::bigint[], %(receivable_after_nanos)b::bigint[], %(currency)b::text[],
       %(hold_id)b::uuid[], %(capture_ref)b::text[], %(late)b::boolean[], %(ends_hold)b::boolean[],
       %(trace_id)b::text[], %(actor)b::text[], %(description)b::text[], %(at)b::timestamptz[])

-- name: add_holds
INSERT INTO holds (
       id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos, expired_nanos,
       remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor, created_at,
       updated_at)
SELECT n.id, n.org_id, n.wallet_id, n.ref, n.state, n.amount_nanos, n.extended_nanos, n.captured_nanos,
       n.released_nanos, n.expired_nanos, n.remaining_nanos, n.overage_nanos, n.settled_late, n.expires_at, n.price_id,
       n.rates::jsonb, n.trace_id, n.actor, n.created_at, n.updated_at
  FROM unnest(
       %(id)b::uuid[], %(org_id)b::uuid[], %(wallet_id)b::uuid[], %(ref)b::text[], %(state)b::text[],
       %(amount_nanos)b::bigint[], %(extended_nanos)b::bigint[], %(captured_nanos)b::bigint[],
       %(released_nanos)b::bigint[], %(expired_nanos)b::bigint[], %(remaining_nanos)b::bigint[],
       %(overage_nanos)b::bigint[], %(settled_late)b::boolean[], %(expires_at)b::timestamptz[], %(price_id)b::uuid[],
       %(rates)b::text[], %(trace_id)b::text[], %(actor)b::text[], %(created_at)b::timestamptz[],
       %(updated_at)b::timestamptz[])
       AS n (id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos,
             expired_nanos, remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor,
             created_at, updated_at)

-- name: change_holds
WITH changed AS (
    UPDATE holds h
       SET state = n.state, extended_nanos = n.extended_nanos, captured_nanos = n.captured_nanos,
           released_nanos = n.released_nanos, expired_nanos = n.expired_nanos, remaining_nanos = n.remaining_nanos,
           overage_nanos = n.overage_nanos, settled_late = n.settled_late, expires_at = n.expires_at,
           updated_at = n.updated_at
      FROM unnest(
           %(org_id)b::uuid[], %(id)b::uuid[], %(state)b::text[], %(extended_nanos)b::bigint[],
           %(captured_nanos)b::bigint[], %(released_nanos)b::bigint[], %(expired_nanos)b::bigint[],
           %(remaining_nanos)b::bigint[], %(overage_nanos)b::bigint[], %(settled_late)b::boolean[],
           %(expires_at)b::timestamptz[], %(updated_at)b::timestamptz[])
           AS n (org_id, id, state, extended_nanos, captured_nanos, released_nanos, expired_nanos, remaining_nanos,
                 overage_nanos, settled_late, expires_at, updated_at)
     WHERE h.org_id = n.org_id AND h.id = n.id AND h.state IN ('pending', 'partially_captured', 'expired')
    RETURNING 1
)
SELECT require_rows((SELECT count(*) FROM changed), %(wanted)b::bigint, 'holds')

-- name: change_wallets
WITH changed AS (
    UPDATE wallets w
       SET balance_nanos = n.balance_nanos, frozen_nanos = n.frozen_nanos, receivable_nanos = n.receivable_nanos,
           version = n.version, updated_at = n.updated_at
      FROM unnest(
           %(id)b::uuid[], %(balance_nanos)b::bigint[], %(frozen_nanos)b::bigint[], %(receivable_nanos)b::bigint[],
           %(version_before)b::bigint[], %(version)b::bigint[], %(updated_at)b::timestamptz[])
           AS n (id, balance_nanos, frozen_nanos, receivable_nanos, version_before, version, updated_at)
     WHERE w.id = n.id AND w.version = n.version_before
    RETURNING 1
)
SELECT require_rows((SELECT count(*) FROM changed), %(wanted)b::bigint, 'wallets')

-- name: add_refs
INSERT INTO ledger_refs (org_id, ref, wallet_id, seq, at, code, fingerprint, outcome)
SELECT n.org_id, n.ref, n.wallet_id, n.seq, n.at, n.code, n.fingerprint::jsonb, n.outcome::jsonb
  FROM unnest(
       %(org_id)b::uuid[], %(ref)b::text[], %(wallet_id)b::uuid[], %(seq)b::bigint[], %(at)b::timestamptz[],
       %(code)b::text[], %(fingerprint)b::text[], %(outcome)b::text[])
       AS n (org_id, ref, wallet_id, seq, at, code, fingerprint, outcome)
