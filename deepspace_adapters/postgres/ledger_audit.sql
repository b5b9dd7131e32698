-- name: freeze
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY

-- name: take_time
-- For this transaction; every other has the connection's own bound.
SELECT set_config('statement_timeout', %(milliseconds)s::text, true)

-- name: wallets_after
SELECT id, org_id, currency, balance_nanos, frozen_nanos, receivable_nanos, credit_limit_nanos, version,
       opened_at, updated_at, closed_at, capped, root, chained_after
  FROM wallets
 WHERE (%(after)s::uuid IS NULL OR id > %(after)s)
   AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
 ORDER BY id
 LIMIT %(limit)s::int

-- name: rows_of_wallet
SELECT id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
       receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
       hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at
  FROM transactions
 WHERE wallet_id = %(wallet_id)s AND seq > %(after_seq)s::bigint
 ORDER BY seq
 LIMIT %(limit)s::int

-- name: roots_of_wallet
SELECT seq, root
  FROM transactions
 WHERE wallet_id = %(wallet_id)s AND seq > %(after_seq)s::bigint AND seq <= %(to_seq)s::bigint AND root IS NOT NULL

-- name: sealed_row
SELECT id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
       receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
       hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at, root
  FROM transactions
 WHERE wallet_id = %(wallet_id)s AND seq <= %(seq)s::bigint AND root IS NOT NULL
 ORDER BY seq DESC
 LIMIT 1

-- name: holds_of_wallet
-- The wallet's organization gives the index: holds are unique by organization and ref.
SELECT id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos, expired_nanos,
       remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor, created_at, updated_at,
       version, caps
  FROM holds
 WHERE org_id = (SELECT w.org_id FROM wallets w WHERE w.id = %(wallet_id)s)
   AND wallet_id = %(wallet_id)s
   AND (%(after)s::text IS NULL OR ref > %(after)s COLLATE "C")
 ORDER BY ref
 LIMIT %(limit)s::int

-- name: rows_of_holds
SELECT id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
       receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
       hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at
  FROM transactions
 WHERE hold_id = ANY(%(hold_ids)s::uuid[])
 ORDER BY wallet_id, seq

-- name: orphans
SELECT line FROM (
    SELECT format('transaction %%s has no wallet', t.id) AS line
      FROM transactions t LEFT JOIN wallets w ON w.id = t.wallet_id AND w.org_id = t.org_id
     WHERE w.id IS NULL
    UNION ALL
    SELECT format('transaction %%s has no hold', t.id)
      FROM transactions t LEFT JOIN holds h ON h.id = t.hold_id AND h.org_id = t.org_id
     WHERE t.hold_id IS NOT NULL AND h.id IS NULL
    UNION ALL
    SELECT format('hold %%s has no wallet', h.id)
      FROM holds h LEFT JOIN wallets w ON w.id = h.wallet_id AND w.org_id = h.org_id
     WHERE w.id IS NULL
    UNION ALL
    SELECT format('ref %%s of organization %%s has no transaction', r.ref, r.org_id)
      FROM ledger_refs r LEFT JOIN transactions t ON t.wallet_id = r.wallet_id AND t.seq = r.seq AND t.at = r.at
     WHERE r.seq IS NOT NULL AND (t.id IS NULL OR t.ref <> r.ref)
    UNION ALL
    SELECT format('transaction %%s has no stored answer', t.id)
      FROM transactions t LEFT JOIN ledger_refs r ON r.org_id = t.org_id AND r.ref = t.ref
     WHERE t.type <> 'expire' AND r.ref IS NULL
) AS lost
 LIMIT %(limit)s::int

-- name: metered_captures
-- A late capture ends no hold; the last one of a hold that was settled late is its final one. The months of usage that are
-- kept begin with the oldest partition that has a bound.
WITH captures AS (
    SELECT t.*, h.ref AS hold_ref, h.price_id, h.rates
      FROM transactions t
      JOIN holds h ON h.id = t.hold_id AND h.org_id = t.org_id
     WHERE t.wallet_id = %(wallet_id)s AND t.seq > %(after_seq)s::bigint AND t.type = 'capture' AND h.price_id IS NOT NULL
       AND (t.ends_hold OR t.late AND h.settled_late AND NOT EXISTS (
                SELECT FROM transactions later
                 WHERE later.hold_id = t.hold_id AND later.type = 'capture' AND later.seq > t.seq))
       AND t.at >= (
            SELECT COALESCE(
                min(NULLIF(split_part(pg_get_expr(c.relpartbound, c.oid), '''', 2), '')::timestamptz), '-infinity')
              FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = 'usage_records'::regclass)
     ORDER BY t.seq
     LIMIT %(limit)s::int
)
SELECT t.id, t.org_id, t.wallet_id, t.seq, t.type, t.ref, t.amount_nanos, t.balance_delta_nanos, t.frozen_delta_nanos,
       t.receivable_delta_nanos, t.released_nanos, t.balance_after_nanos, t.frozen_after_nanos, t.receivable_after_nanos,
       t.currency, t.hold_id, t.capture_ref, t.late, t.ends_hold, t.trace_id, t.actor, t.description, t.at,
       t.hold_ref, t.price_id, t.rates,
       u.id, u.currency, u.cost_picos, u.cost_nanos, u.price_id, u.hold_ref, u.trace_id,
       u.input_uncached, u.input_cached_read, u.input_cache_write, u.input_audio, u.input_image,
       u.output_text, u.output_reasoning, u.output_audio, u.output_image, u.units
  FROM captures t
  LEFT JOIN usage_records u ON u.org_id = t.org_id AND u.capture_ref = t.ref
 ORDER BY t.seq, u.id

-- name: stray_usage
-- Rows are found by their refs, which have an index over all months. The store's own clock says when a record was written;
-- an hour is more than it may differ from the one that the books tell time by.
SELECT format('record %%s names capture %%s of organization %%s, which is no final capture of a priced hold',
              u.id, u.capture_ref, u.org_id)
  FROM usage_records u
  LEFT JOIN ledger_refs r ON r.org_id = u.org_id AND r.ref = u.capture_ref
  LEFT JOIN transactions t ON t.wallet_id = r.wallet_id AND t.seq = r.seq AND t.at = r.at
                          AND t.type = 'capture' AND (t.ends_hold OR t.late)
  LEFT JOIN holds h ON h.id = t.hold_id AND h.org_id = t.org_id AND h.price_id IS NOT NULL
 WHERE h.id IS NULL
   AND (%(org_id)s::uuid IS NULL OR u.org_id = %(org_id)s)
   AND (%(since)s::timestamptz IS NULL OR u.stored_at >= %(since)s::timestamptz - interval '1 hour')
 LIMIT %(limit)s::int
