-- name: get_wallet
SELECT id, org_id, currency, balance_nanos, frozen_nanos, receivable_nanos, credit_limit_nanos, version,
       opened_at, updated_at, closed_at, capped, root, chained_after
  FROM wallets
 WHERE org_id = %(org_id)s AND id = %(wallet_id)s

-- name: find_wallet_of_org
SELECT id, org_id, currency, balance_nanos, frozen_nanos, receivable_nanos, credit_limit_nanos, version,
       opened_at, updated_at, closed_at, capped, root, chained_after
  FROM wallets
 WHERE org_id = %(org_id)s
 ORDER BY id
 LIMIT 1

-- name: balance_at
-- Time never goes back within a wallet, so the rows up to a time are a prefix and the last of them has the sums.
SELECT w.currency, COALESCE(t.seq, 0), COALESCE(t.balance_after_nanos, 0), COALESCE(t.frozen_after_nanos, 0),
       COALESCE(t.receivable_after_nanos, 0)
  FROM wallets w
  LEFT JOIN LATERAL (
       SELECT seq, balance_after_nanos, frozen_after_nanos, receivable_after_nanos
         FROM transactions
        WHERE wallet_id = w.id AND at <= %(at)s
        ORDER BY seq DESC
        LIMIT 1) AS t ON true
 WHERE w.org_id = %(org_id)s AND w.id = %(wallet_id)s

-- name: list_transactions
SELECT id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
       receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
       hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at
  FROM transactions
 WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
   AND (%(after)s::uuid IS NULL OR id < %(after)s)
   AND (%(wallet_id)s::uuid IS NULL OR wallet_id = %(wallet_id)s)
   AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s::text[]))
   AND (%(hold_id)s::uuid IS NULL OR hold_id = %(hold_id)s)
   AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
   AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
   AND (%(ref)s::text IS NULL OR ref = %(ref)s OR capture_ref = %(ref)s)
 ORDER BY id DESC
 LIMIT %(limit)s::int + 1

-- name: total_transactions
SELECT currency, type, count(*), sum(amount_nanos), sum(balance_delta_nanos), sum(frozen_delta_nanos)
  FROM transactions
 WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
   AND (%(wallet_id)s::uuid IS NULL OR wallet_id = %(wallet_id)s)
   AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s::text[]))
   AND (%(hold_id)s::uuid IS NULL OR hold_id = %(hold_id)s)
   AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
   AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
   AND (%(ref)s::text IS NULL OR ref = %(ref)s OR capture_ref = %(ref)s)
 GROUP BY currency, type
 ORDER BY currency, type COLLATE "C"

-- name: list_wallets
-- strpos, not LIKE: a percent sign is a letter here.
WITH listed AS (
SELECT w.id, w.org_id, w.currency, w.balance_nanos, w.frozen_nanos, w.receivable_nanos, w.credit_limit_nanos, w.version,
       w.opened_at, w.updated_at, w.closed_at, w.capped, w.root, w.chained_after, o.name, o.suspended_at,
       CASE %(sort)s::text
           WHEN 'highest_balance' THEN w.balance_nanos
           WHEN 'lowest_balance' THEN -w.balance_nanos
           WHEN 'most_frozen' THEN w.frozen_nanos
           WHEN 'most_owed' THEN w.receivable_nanos
           ELSE 0
       END AS place
  FROM wallets w
  JOIN orgs o ON o.id = w.org_id
)
SELECT id, org_id, currency, balance_nanos, frozen_nanos, receivable_nanos, credit_limit_nanos, version,
       opened_at, updated_at, closed_at, capped, root, chained_after, name, suspended_at
  FROM listed
 WHERE (%(search)s::text IS NULL OR strpos(lower(name), lower(%(search)s)) > 0)
   AND (%(currency)s::text IS NULL OR currency = %(currency)s)
   AND (%(is_owing)s::boolean IS NULL OR (receivable_nanos > 0) = %(is_owing)s)
   AND (%(available_below_nanos)s::bigint IS NULL OR balance_nanos - frozen_nanos < %(available_below_nanos)s)
   AND (%(after)s::uuid IS NULL OR (place, id) < (SELECT place, id FROM listed WHERE id = %(after)s))
 ORDER BY place DESC, id DESC
 LIMIT %(limit)s::int + 1

-- name: total_wallets
SELECT w.currency, count(*), sum(w.balance_nanos), sum(w.frozen_nanos), sum(w.receivable_nanos),
       sum(w.credit_limit_nanos)
  FROM wallets w
  JOIN orgs o ON o.id = w.org_id
 WHERE (%(search)s::text IS NULL OR strpos(lower(o.name), lower(%(search)s)) > 0)
   AND (%(currency)s::text IS NULL OR w.currency = %(currency)s)
   AND (%(is_owing)s::boolean IS NULL OR (w.receivable_nanos > 0) = %(is_owing)s)
   AND (%(available_below_nanos)s::bigint IS NULL OR w.balance_nanos - w.frozen_nanos < %(available_below_nanos)s)
 GROUP BY w.currency
 ORDER BY w.currency

-- name: get_hold
SELECT id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos, expired_nanos,
       remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor, created_at, updated_at,
       version, caps
  FROM holds
 WHERE org_id = %(org_id)s AND id = %(hold_id)s

-- name: find_hold_by_ref
SELECT id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos, expired_nanos,
       remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor, created_at, updated_at,
       version, caps
  FROM holds
 WHERE org_id = %(org_id)s AND ref = %(ref)s

-- name: list_open_holds
SELECT id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos, expired_nanos,
       remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor, created_at, updated_at,
       version, caps
  FROM holds
 WHERE org_id = %(org_id)s AND state IN ('pending', 'partially_captured')
   AND (%(after)s::uuid IS NULL OR id < %(after)s)
 ORDER BY id DESC
 LIMIT %(limit)s::int + 1

-- name: list_holds
-- Two runs over the two partial indexes. After an open hold come the open ones below it, then all that are over.
WITH last AS (
    SELECT COALESCE((SELECT h.state IN ('pending', 'partially_captured')
                       FROM holds h WHERE h.id = %(after)s AND h.org_id = %(org_id)s), false) AS is_open
)
(SELECT id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos, expired_nanos,
        remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor, created_at, updated_at,
        version, caps
   FROM holds
  WHERE org_id = %(org_id)s AND state IN ('pending', 'partially_captured')
    AND (%(after)s::uuid IS NULL OR (id < %(after)s AND (SELECT is_open FROM last)))
  ORDER BY id DESC
  LIMIT %(limit)s::int + 1)
UNION ALL
(SELECT id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos, expired_nanos,
        remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor, created_at, updated_at,
        version, caps
   FROM holds
  WHERE org_id = %(org_id)s AND state NOT IN ('pending', 'partially_captured')
    AND (%(after)s::uuid IS NULL OR id < %(after)s OR (SELECT is_open FROM last))
  ORDER BY id DESC
  LIMIT %(limit)s::int + 1)
LIMIT %(limit)s::int + 1

-- name: transactions_of_trace
SELECT id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
       receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
       hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at
  FROM transactions
 WHERE trace_id = %(trace_id)s
   AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
 ORDER BY id
 LIMIT %(limit)s::int

-- name: holds_of_trace
-- By way of the rows, which have an index on the trace: one on the holds would be written at every hold and capture.
SELECT id, org_id, wallet_id, ref, state, amount_nanos, extended_nanos, captured_nanos, released_nanos, expired_nanos,
       remaining_nanos, overage_nanos, settled_late, expires_at, price_id, rates, trace_id, actor, created_at, updated_at,
       version, caps
  FROM holds
 WHERE trace_id = %(trace_id)s
   AND id IN (SELECT t.hold_id FROM transactions t
               WHERE t.trace_id = %(trace_id)s AND t.type = 'hold'
                 AND (%(org_id)s::uuid IS NULL OR t.org_id = %(org_id)s))
 ORDER BY id
 LIMIT %(limit)s::int

-- name: traces_of
-- Three questions, each by an index; where that begins with the organization, all of them are asked.
SELECT DISTINCT trace_id FROM (
    (SELECT t.trace_id
       FROM wallets w
       JOIN ledger_refs r ON r.org_id = w.org_id AND r.ref = %(ref)s
       JOIN transactions t ON t.wallet_id = r.wallet_id AND t.seq = r.seq AND t.at = r.at
      LIMIT %(limit)s::int)
    UNION ALL
    (SELECT trace_id FROM transactions WHERE hold_id = %(hold_id)s::uuid LIMIT %(limit)s::int)
    UNION ALL
    (SELECT t.trace_id
       FROM wallets w
       JOIN transactions t ON t.org_id = w.org_id AND t.id = %(transaction_id)s::uuid
      LIMIT %(limit)s::int)
) AS found
 LIMIT %(limit)s::int

-- name: due_holds
SELECT org_id, wallet_id, id
  FROM holds
 WHERE state IN ('pending', 'partially_captured') AND expires_at <= %(now)s
 ORDER BY expires_at, id
 LIMIT %(limit)s::int

-- name: count_holds
SELECT count(*), count(*) FILTER (WHERE expires_at <= %(now)s), min(expires_at) FILTER (WHERE expires_at <= %(now)s)
  FROM holds
 WHERE state IN ('pending', 'partially_captured')

-- name: trial_balance
-- World, revenue and adjustment from the amounts, the wallet's accounts from the deltas: two ways to count one movement.
SELECT currency,
       -COALESCE(sum(amount_nanos) FILTER (WHERE type = 'top_up'), 0),
       COALESCE(sum(balance_delta_nanos - frozen_delta_nanos), 0),
       COALESCE(sum(frozen_delta_nanos), 0),
       -COALESCE(sum(receivable_delta_nanos), 0),
       COALESCE(sum(CASE type WHEN 'capture' THEN amount_nanos WHEN 'refund' THEN -amount_nanos END), 0),
       -COALESCE(sum(amount_nanos) FILTER (WHERE type = 'adjust'), 0)
  FROM transactions
 GROUP BY currency
 ORDER BY currency
