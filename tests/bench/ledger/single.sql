-- name: lock_wallet
SELECT id, org_id, currency, balance_nanos, frozen_nanos, receivable_nanos, credit_limit_nanos, version,
       opened_at, updated_at, closed_at, capped, root, chained_after
  FROM wallets
 WHERE id = %(wallet_id)s AND org_id = %(org_id)s
   FOR NO KEY UPDATE

-- name: look_before_hold
-- After the lock, so that its snapshot sees what the lock's last holder committed.
SELECT (SELECT r.code FROM ledger_refs r WHERE r.org_id = %(org_id)s AND r.ref = %(ref)s),
       (SELECT min(b.cap_nanos - COALESCE(c.used_nanos, 0) - COALESCE(c.reserved_nanos, 0))
          FROM budgets b
          LEFT JOIN budget_counters c
            ON c.wallet_id = b.wallet_id AND c.scope = b.scope AND c.scope_id = b.scope_id
           AND c.cap_window = b.cap_window AND c.starts_on = budget_period(b.cap_window, %(day)s)
         WHERE b.wallet_id = %(wallet_id)s AND b.scope = 'project' AND b.scope_id = %(scope_id)s)

-- name: look_before_capture
SELECT (SELECT r.code FROM ledger_refs r WHERE r.org_id = %(org_id)s AND r.ref = %(ref)s),
       h.id, h.state, h.amount_nanos, h.remaining_nanos, h.expires_at
  FROM holds h
 WHERE h.org_id = %(org_id)s AND h.ref = %(hold_ref)s AND h.wallet_id = %(wallet_id)s

-- name: write_hold
-- One statement for all that a hold writes: psycopg's pipeline costs by the statement.
WITH row AS (
    INSERT INTO transactions (
           id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
           receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
           hold_id, late, ends_hold, trace_id, actor, description, at, root)
    VALUES (%(id)s, %(org_id)s, %(wallet_id)s, %(seq)s, 'hold', %(ref)s, %(amount)s, 0, %(amount)s, 0, 0, %(balance)s,
            %(frozen)s, %(receivable)s, %(currency)s, %(hold_id)s, false, false, %(trace_id)s, %(actor)s, '', %(at)s,
            %(root)s)
), hold AS (
    INSERT INTO holds (
           id, org_id, wallet_id, ref, state, amount_nanos, remaining_nanos, expires_at, trace_id, actor, created_at,
           updated_at, caps)
    VALUES (%(hold_id)s, %(org_id)s, %(wallet_id)s, %(ref)s, 'pending', %(amount)s, %(amount)s, %(expires_at)s,
            %(trace_id)s, %(actor)s, %(at)s, %(at)s, ARRAY[%(cap)s::text])
), counter AS (
    INSERT INTO budget_counters AS c
    SELECT %(wallet_id)s, b.scope, b.scope_id, b.cap_window, budget_period(b.cap_window, %(day)s), 0, %(amount)s
      FROM budgets b
     WHERE b.wallet_id = %(wallet_id)s AND b.scope = 'project' AND b.scope_id = %(scope_id)s
        ON CONFLICT (wallet_id, scope, scope_id, cap_window, starts_on)
        DO UPDATE SET reserved_nanos = c.reserved_nanos + excluded.reserved_nanos
), answer AS (
    INSERT INTO ledger_refs (org_id, ref, wallet_id, seq, at, code, fingerprint, outcome)
    VALUES (%(org_id)s, %(ref)s, %(wallet_id)s, %(seq)s, %(at)s, 'accepted', %(fingerprint)s, %(outcome)s)
)
UPDATE wallets
   SET frozen_nanos = %(frozen)s, version = %(seq)s, updated_at = %(at)s, root = %(root)s
 WHERE id = %(wallet_id)s

-- name: write_capture
WITH row AS (
    INSERT INTO transactions (
           id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
           receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
           hold_id, late, ends_hold, trace_id, actor, description, at, root)
    VALUES (%(id)s, %(org_id)s, %(wallet_id)s, %(seq)s, 'capture', %(ref)s, %(amount)s, -%(amount)s::bigint,
            -%(held)s::bigint, 0, %(held)s::bigint - %(amount)s::bigint, %(balance)s, %(frozen)s, %(receivable)s,
            %(currency)s, %(hold_id)s, false, true, %(trace_id)s, %(actor)s, '', %(at)s, %(root)s)
), hold AS (
    UPDATE holds
       SET state = 'captured', captured_nanos = %(amount)s, released_nanos = %(held)s::bigint - %(amount)s::bigint,
           remaining_nanos = 0, updated_at = %(at)s, version = version + 1
     WHERE id = %(hold_id)s
), counter AS (
    UPDATE budget_counters c
       SET used_nanos = c.used_nanos + %(amount)s, reserved_nanos = c.reserved_nanos - %(held)s
     WHERE c.wallet_id = %(wallet_id)s AND c.scope = 'project' AND c.scope_id = %(scope_id)s
       AND c.starts_on = budget_period(c.cap_window, %(day)s)
), answer AS (
    INSERT INTO ledger_refs (org_id, ref, wallet_id, seq, at, code, fingerprint, outcome)
    VALUES (%(org_id)s, %(ref)s, %(wallet_id)s, %(seq)s, %(at)s, 'accepted', %(fingerprint)s, %(outcome)s)
)
UPDATE wallets
   SET balance_nanos = %(balance)s, frozen_nanos = %(frozen)s, version = %(seq)s, updated_at = %(at)s, root = %(root)s
 WHERE id = %(wallet_id)s

-- name: call_hold
SELECT bench_hold(%(org_id)s, %(wallet_id)s, %(ref)s, %(amount)s, %(lifetime)s, %(scope_id)s)

-- name: call_capture
SELECT bench_capture(%(org_id)s, %(wallet_id)s, %(ref)s, %(hold_ref)s, %(amount)s)
