-- name: write_batch
-- All that a batch writes, in one statement: what a statement costs beside its rows is a third of a lone command's time.
-- The wallets come first, because the answer asks for them: only where each is what was decided on (its root tells of every
-- row, its terms of all that has none) are they locked and changed, else nothing is. Their lock covers the rest.
-- Elements are taken by subscript: `unnest` of many arrays makes a tuple store of each, a hundred in all.
-- A batch is sent those parts only that it has rows for (ledger_write.py).
WITH moved AS (
    UPDATE wallets w
       SET balance_nanos = n.balance_nanos, frozen_nanos = n.frozen_nanos, receivable_nanos = n.receivable_nanos,
           version = n.version, updated_at = n.updated_at, root = n.root
      FROM (SELECT (%(w_id)s::uuid[])[i] AS id, (%(w_balance_nanos)s::bigint[])[i] AS balance_nanos,
                   (%(w_frozen_nanos)s::bigint[])[i] AS frozen_nanos,
                   (%(w_receivable_nanos)s::bigint[])[i] AS receivable_nanos, (%(w_version)s::bigint[])[i] AS version,
                   (%(w_updated_at)s::timestamptz[])[i] AS updated_at,
                   decode((%(w_root)s::text[])[i], 'hex') AS root,
                   (%(w_version_before)s::bigint[])[i] AS version_before,
                   decode((%(w_root_before)s::text[])[i], 'hex') AS root_before, (%(w_terms)s::bigint[])[i] AS terms
              FROM generate_series(1, %(moved_count)s::int) AS i) AS n
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
              FROM generate_series(1, %(changed_count)s::int) AS i) AS n
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
           (%(t_at)s::timestamptz[])[i], decode((%(t_root)s::text[])[i], 'hex')
      FROM generate_series(1, %(added_rows_count)s::int) AS i
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
      FROM generate_series(1, %(added_holds_count)s::int) AS i
), added_refs AS (
    INSERT INTO ledger_refs (org_id, ref, wallet_id, seq, at, code, fingerprint, outcome)
    SELECT (%(r_org_id)s::uuid[])[i], (%(r_ref)s::text[])[i], (%(r_wallet_id)s::uuid[])[i], (%(r_seq)s::bigint[])[i],
           (%(r_at)s::timestamptz[])[i], (%(r_code)s::text[])[i], (%(r_fingerprint)s::text[])[i],
           (%(r_outcome)s::text[])[i]
      FROM generate_series(1, %(added_refs_count)s::int) AS i
), counted AS (
    INSERT INTO budget_counters AS c (wallet_id, scope, scope_id, cap_window, starts_on, used_nanos, reserved_nanos)
    SELECT (%(b_wallet_id)s::uuid[])[i], (%(b_scope)s::text[])[i], (%(b_scope_id)s::uuid[])[i],
           (%(b_window)s::text[])[i], (%(b_starts_on)s::date[])[i], (%(b_used_nanos)s::bigint[])[i],
           (%(b_reserved_nanos)s::bigint[])[i]
      FROM generate_series(1, %(counted_count)s::int) AS i
        ON CONFLICT (wallet_id, scope, scope_id, cap_window, starts_on)
        DO UPDATE SET used_nanos = excluded.used_nanos, reserved_nanos = excluded.reserved_nanos
)
SELECT require_rows((SELECT count(*) FROM moved), %(moved_count)s::int, 'wallets'),
       require_rows((SELECT count(*) FROM changed), %(changed_count)s::int, 'holds')
