-- name: freeze
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY

-- name: movements
SELECT type, count(*), sum(amount_nanos)::bigint, sum(balance_delta_nanos)::bigint, sum(frozen_delta_nanos)::bigint,
       sum(receivable_delta_nanos)::bigint
  FROM transactions
 WHERE wallet_id = %(wallet_id)s AND at >= %(since)s AND at < %(until)s
 GROUP BY type
 ORDER BY type

-- name: entries
SELECT id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
       receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
       hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at
  FROM transactions
 WHERE wallet_id = %(wallet_id)s AND at >= %(since)s AND at < %(until)s AND type IN ('top_up', 'refund', 'adjust')
 ORDER BY seq
 LIMIT %(limit)s::int

-- name: spending
-- Usage is written in the commit of its capture, but says when the call ended: a capture that had to wait for the database
-- is later. A refund may be of any earlier month.
WITH spent AS (
    SELECT u.project_id, u.model_name, 1 AS calls, t.amount_nanos AS charged_nanos, 0 AS refunded_nanos
      FROM transactions t
      LEFT JOIN usage_records u ON u.org_id = t.org_id AND u.capture_ref = t.ref
                               AND u.ended_at >= %(since)s::timestamptz - interval '31 days'
                               AND u.ended_at < %(until)s::timestamptz + interval '1 day'
     WHERE t.wallet_id = %(wallet_id)s AND t.at >= %(since)s AND t.at < %(until)s AND t.type = 'capture'
    UNION ALL
    SELECT u.project_id, u.model_name, 0, 0, t.amount_nanos
      FROM transactions t
      LEFT JOIN usage_records u ON u.org_id = t.org_id AND u.capture_ref = t.capture_ref
     WHERE t.wallet_id = %(wallet_id)s AND t.at >= %(since)s AND t.at < %(until)s AND t.type = 'refund'
)
SELECT s.project_id, p.name, s.model_name, sum(s.calls), sum(s.charged_nanos)::bigint, sum(s.refunded_nanos)::bigint,
       coalesce(p.is_default, false)
  FROM spent s
  LEFT JOIN projects p ON p.id = s.project_id
 GROUP BY s.project_id, p.name, p.is_default, s.model_name
 ORDER BY p.name COLLATE "C" NULLS LAST, s.project_id, s.model_name COLLATE "C" NULLS LAST

-- name: root_of
SELECT root FROM transactions WHERE wallet_id = %(wallet_id)s AND seq = %(seq)s
