-- name: lock_wallet_of_org
SELECT id, org_id, currency, balance_nanos, frozen_nanos, receivable_nanos, credit_limit_nanos, version,
       opened_at, updated_at, closed_at, capped, root, chained_after
  FROM wallets
 WHERE org_id = %(org_id)s
 ORDER BY id
 LIMIT 1
   FOR NO KEY UPDATE

-- name: find_budget
SELECT org_id, wallet_id, scope, scope_id, cap_window, cap_nanos, counted_from, set_at
  FROM budgets
 WHERE wallet_id = %(wallet_id)s AND scope = %(scope)s AND scope_id = %(scope_id)s AND cap_window = %(window)s

-- name: spent_since
-- The same sum that the audit makes: every row of every hold that counts. Once a budget, when it is first set.
SELECT COALESCE(sum(t.amount_nanos) FILTER (WHERE t.type = 'capture'), 0)::bigint,
       COALESCE(sum(t.frozen_delta_nanos), 0)::bigint
  FROM holds h
  JOIN transactions t ON t.hold_id = h.id AND t.at >= h.created_at AND t.type <> 'refund'
 WHERE h.org_id = %(org_id)s AND h.wallet_id = %(wallet_id)s
   AND h.caps @> ARRAY[%(key)s::text] COLLATE "C"
   AND h.created_at >= %(since)s

-- name: put_budget
INSERT INTO budgets (org_id, wallet_id, scope, scope_id, cap_window, cap_nanos, counted_from, set_at)
VALUES (%(org_id)s, %(wallet_id)s, %(scope)s, %(scope_id)s, %(window)s, %(cap_nanos)s, %(counted_from)s, %(set_at)s)
    ON CONFLICT (wallet_id, scope, scope_id, cap_window)
    DO UPDATE SET cap_nanos = excluded.cap_nanos, set_at = excluded.set_at

-- name: put_counter
INSERT INTO budget_counters (wallet_id, scope, scope_id, cap_window, starts_on, used_nanos, reserved_nanos)
VALUES (%(wallet_id)s, %(scope)s, %(scope_id)s, %(window)s, %(starts_on)s, %(used_nanos)s, %(reserved_nanos)s)

-- name: remove_budget
WITH counted AS (
    DELETE FROM budget_counters
     WHERE wallet_id = %(wallet_id)s AND scope = %(scope)s AND scope_id = %(scope_id)s AND cap_window = %(window)s
)
DELETE FROM budgets
 WHERE wallet_id = %(wallet_id)s AND scope = %(scope)s AND scope_id = %(scope_id)s AND cap_window = %(window)s
RETURNING wallet_id

-- name: mark_wallet
UPDATE wallets SET capped = EXISTS (SELECT FROM budgets b WHERE b.wallet_id = wallets.id) WHERE id = %(wallet_id)s

-- name: list_lines
SELECT b.wallet_id, b.scope, b.scope_id, b.cap_window, p.starts_on, b.cap_nanos,
       COALESCE(c.used_nanos, 0), COALESCE(c.reserved_nanos, 0)
  FROM budgets b
 CROSS JOIN LATERAL budget_period(b.cap_window, %(day)s::date) AS p (starts_on)
  LEFT JOIN budget_counters c ON c.wallet_id = b.wallet_id AND c.scope = b.scope AND c.scope_id = b.scope_id
                             AND c.cap_window = b.cap_window AND c.starts_on = p.starts_on
 WHERE b.org_id = %(org_id)s
 ORDER BY b.scope, b.scope_id, b.cap_window
 LIMIT %(limit)s::int

-- name: list_all_lines
SELECT b.org_id, b.wallet_id, b.scope, b.scope_id, b.cap_window, p.starts_on, b.cap_nanos,
       COALESCE(c.used_nanos, 0), COALESCE(c.reserved_nanos, 0)
  FROM budgets b
 CROSS JOIN LATERAL budget_period(b.cap_window, %(day)s::date) AS p (starts_on)
  LEFT JOIN budget_counters c ON c.wallet_id = b.wallet_id AND c.scope = b.scope AND c.scope_id = b.scope_id
                             AND c.cap_window = b.cap_window AND c.starts_on = p.starts_on
 WHERE (%(org_id)s::uuid IS NULL OR b.org_id = %(org_id)s)
 ORDER BY greatest(0, b.cap_nanos - COALESCE(c.used_nanos, 0) - COALESCE(c.reserved_nanos, 0)), b.wallet_id, b.scope, b.scope_id,
          b.cap_window
 LIMIT %(limit)s::int

-- name: budgets_of_wallet
SELECT org_id, wallet_id, scope, scope_id, cap_window, cap_nanos, counted_from, set_at
  FROM budgets
 WHERE wallet_id = %(wallet_id)s

-- name: lines_of_wallet
SELECT c.wallet_id, c.scope, c.scope_id, c.cap_window, c.starts_on, COALESCE(b.cap_nanos, 0), c.used_nanos,
       c.reserved_nanos
  FROM budget_counters c
  LEFT JOIN budgets b ON b.wallet_id = c.wallet_id AND b.scope = c.scope AND b.scope_id = c.scope_id
                     AND b.cap_window = c.cap_window
 WHERE c.wallet_id = %(wallet_id)s
