-- The ledger's hold and final capture as a careful engineer would write them in PL/pgSQL: one call, one transaction. They do
-- what the book does for these two commands on the same tables: lock the wallet, look the ref up, check wallet and budgets,
-- seal and write the row, keep hold, counter, wallet and answer. Their rows pass `deepspace ledger audit`, and the book
-- recognizes their refs.
--
-- Left out, to their advantage: expiring due holds before a refusal, late and partial captures, overage (an error here), and
-- refs that differ are answered as replays. Refusals are stored with their code alone.

CREATE FUNCTION bench_wallet(number int) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('00000000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid;

CREATE FUNCTION bench_org(number int) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('00000000-0000-7000-8001-' || lpad(to_hex(number), 12, '0'))::uuid;

-- deepspace_core/ledger/chain.py: the root after a row.
CREATE FUNCTION bench_root(before bytea, t transactions) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(before || convert_to(
       replace(t.id::text, '-', '') || '|' || replace(t.org_id::text, '-', '') || '|' || replace(t.wallet_id::text, '-', '')
    || '|' || t.seq || '|' || t.type || '|' || length(t.ref) || ':' || t.ref
    || '|' || t.amount_nanos || '|' || t.balance_delta_nanos || '|' || t.frozen_delta_nanos
    || '|' || t.receivable_delta_nanos || '|' || t.released_nanos || '|' || t.balance_after_nanos
    || '|' || t.frozen_after_nanos || '|' || t.receivable_after_nanos || '|' || t.currency
    || '|' || replace(t.hold_id::text, '-', '') || '|-|' || t.late::int || '|' || t.ends_hold::int
    || '|' || length(t.trace_id) || ':' || t.trace_id || '|' || length(t.actor) || ':' || t.actor
    || '|' || length(t.description) || ':' || t.description
    || '|' || (extract(epoch FROM t.at) * 1000000)::bigint, 'UTF8'));

CREATE FUNCTION bench_written(
    w wallets, kind text, ref text, amount bigint, balance bigint, frozen bigint, released bigint, hold uuid
) RETURNS transactions LANGUAGE plpgsql AS $$
-- Writes the row and the wallet after it.
DECLARE
    t transactions;
BEGIN
    t.id := uuidv7();
    t.org_id := w.org_id;
    t.wallet_id := w.id;
    t.seq := w.version + 1;
    t.type := kind;
    t.ref := ref;
    t.amount_nanos := amount;
    t.balance_delta_nanos := balance;
    t.frozen_delta_nanos := frozen;
    t.receivable_delta_nanos := 0;
    t.released_nanos := released;
    t.balance_after_nanos := w.balance_nanos + balance;
    t.frozen_after_nanos := w.frozen_nanos + frozen;
    t.receivable_after_nanos := w.receivable_nanos;
    t.currency := w.currency;
    t.hold_id := hold;
    t.late := false;
    t.ends_hold := kind = 'capture';
    t.trace_id := '0123456789abcdef0123456789abcdef';
    t.actor := 'key:bench';
    t.description := '';
    t.at := greatest(clock_timestamp(), w.updated_at);
    t.root := bench_root(w.root, t);
    INSERT INTO transactions SELECT t.*;
    UPDATE wallets
       SET balance_nanos = t.balance_after_nanos, frozen_nanos = t.frozen_after_nanos, version = t.seq, updated_at = t.at,
           root = t.root
     WHERE id = w.id;
    RETURN t;
END
$$;

-- What is kept of the answer (deepspace_adapters/postgres/ledger_rows.py).
CREATE FUNCTION bench_answer(w wallets, t transactions, h holds) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object(
    'hold', jsonb_build_object(
        'id', h.id, 'ref', h.ref, 'state', h.state, 'remaining_nanos', h.remaining_nanos,
        'captured_nanos', h.captured_nanos, 'overage_nanos', h.overage_nanos, 'expires_at', h.expires_at),
    'wallet', jsonb_build_object(
        'wallet_id', w.id, 'currency', w.currency, 'balance_nanos', t.balance_after_nanos,
        'frozen_nanos', t.frozen_after_nanos,
        'receivable_nanos', t.receivable_after_nanos, 'credit_limit_nanos', w.credit_limit_nanos, 'version', t.seq));

CREATE FUNCTION bench_hold(org uuid, wallet uuid, new_ref text, amount bigint, lifetime int, cap uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    w wallets;
    t transactions;
    h holds;
    refused text;
    answered text;
BEGIN
    SELECT * INTO w FROM wallets WHERE id = wallet AND org_id = org FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'wallet_not_found';
    END IF;
    SELECT r.code INTO answered FROM ledger_refs r WHERE r.org_id = org AND r.ref = new_ref;
    IF FOUND THEN
        RETURN answered;
    END IF;
    IF w.closed_at IS NOT NULL THEN
        refused := 'wallet_closed';
    ELSIF amount > greatest(0, w.balance_nanos - w.frozen_nanos + w.credit_limit_nanos - w.receivable_nanos) THEN
        refused := 'insufficient_funds';
    ELSIF w.capped AND EXISTS (
        SELECT FROM budgets b
          LEFT JOIN budget_counters c
            ON c.wallet_id = b.wallet_id AND c.scope = b.scope AND c.scope_id = b.scope_id
           AND c.cap_window = b.cap_window AND c.starts_on = budget_period(b.cap_window, current_date)
         WHERE b.wallet_id = wallet AND b.scope = 'project' AND b.scope_id = cap
           AND COALESCE(c.used_nanos, 0) + COALESCE(c.reserved_nanos, 0) + amount > b.cap_nanos
    ) THEN
        refused := 'budget_exceeded';
    END IF;
    IF refused IS NOT NULL THEN
        INSERT INTO ledger_refs VALUES (org, new_ref, wallet, NULL, clock_timestamp(), refused, '{}', '{}');
        RETURN refused;
    END IF;
    t := bench_written(w, 'hold', new_ref, amount, 0, amount, 0, uuidv7());
    INSERT INTO holds
           (id, org_id, wallet_id, ref, state, amount_nanos, remaining_nanos, expires_at, trace_id, actor, created_at,
            updated_at, caps)
    VALUES (t.hold_id, org, wallet, new_ref, 'pending', amount, amount, t.at + make_interval(secs => lifetime), t.trace_id,
            t.actor, t.at, t.at, ARRAY['project:' || replace(cap::text, '-', '')])
    RETURNING * INTO h;
    IF w.capped THEN
        INSERT INTO budget_counters AS c
        SELECT wallet, b.scope, b.scope_id, b.cap_window, budget_period(b.cap_window, t.at::date), 0, amount
          FROM budgets b
         WHERE b.wallet_id = wallet AND b.scope = 'project' AND b.scope_id = cap
            ON CONFLICT (wallet_id, scope, scope_id, cap_window, starts_on)
            DO UPDATE SET reserved_nanos = c.reserved_nanos + excluded.reserved_nanos;
    END IF;
    INSERT INTO ledger_refs VALUES (
        org, new_ref, wallet, t.seq, t.at, 'accepted',
        jsonb_build_object('type', 'hold', 'wallet_id', replace(wallet::text, '-', ''), 'amount_nanos', amount,
                           'lifetime_seconds', lifetime),
        bench_answer(w, t, h));
    RETURN 'accepted';
END
$$;

CREATE FUNCTION bench_capture(org uuid, wallet uuid, new_ref text, held text, amount bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    w wallets;
    t transactions;
    h holds;
    answered text;
BEGIN
    SELECT * INTO w FROM wallets WHERE id = wallet AND org_id = org FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'wallet_not_found';
    END IF;
    SELECT r.code INTO answered FROM ledger_refs r WHERE r.org_id = org AND r.ref = new_ref;
    IF FOUND THEN
        RETURN answered;
    END IF;
    SELECT * INTO h FROM holds WHERE org_id = org AND ref = held AND wallet_id = wallet;
    IF NOT FOUND OR h.state <> 'pending' OR h.expires_at <= clock_timestamp() OR amount > h.remaining_nanos THEN
        RAISE EXCEPTION 'left out here: a capture of a hold that is %, has %', h.state, h.remaining_nanos;
    END IF;
    t := bench_written(
        w, 'capture', new_ref, amount, -amount, -h.remaining_nanos, h.remaining_nanos - amount, h.id);
    UPDATE holds
       SET state = 'captured', captured_nanos = amount, released_nanos = h.remaining_nanos - amount, remaining_nanos = 0,
           updated_at = t.at, version = h.version + 1
     WHERE id = h.id
    RETURNING * INTO h;
    IF w.capped THEN
        UPDATE budget_counters c
           SET used_nanos = c.used_nanos + amount, reserved_nanos = c.reserved_nanos - h.amount_nanos
          FROM unnest(h.caps) AS k (cap)
         WHERE c.wallet_id = wallet AND c.scope = split_part(k.cap, ':', 1)
           AND c.scope_id = split_part(k.cap, ':', 2)::uuid
           AND c.starts_on = budget_period(c.cap_window, h.created_at::date);
    END IF;
    INSERT INTO ledger_refs VALUES (
        org, new_ref, wallet, t.seq, t.at, 'accepted',
        jsonb_build_object('type', 'capture', 'wallet_id', replace(wallet::text, '-', ''), 'hold_ref', held,
                           'amount_nanos', amount, 'final', true),
        bench_answer(w, t, h));
    RETURN 'accepted';
END
$$;
