-- depends: 0001.create-partitioning

-- The books. Rules are in docs/billing.md; the constraints here say the same in SQL, so that no writer can break them.
-- No foreign keys on these tables: every write goes through the ledger's batch, which holds the wallet's row lock, and
-- `deepspace ledger audit` finds orphans; a key check a row would cost more than the row.

CREATE TABLE wallets (
    id                 uuid PRIMARY KEY,
    org_id             uuid NOT NULL,
    currency           text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    balance_nanos      bigint NOT NULL DEFAULT 0,
    frozen_nanos       bigint NOT NULL DEFAULT 0 CHECK (frozen_nanos >= 0),
    receivable_nanos   bigint NOT NULL DEFAULT 0 CHECK (receivable_nanos >= 0),
    credit_limit_nanos bigint NOT NULL DEFAULT 0 CHECK (credit_limit_nanos >= 0),
    version            bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
    opened_at          timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    closed_at          timestamptz,
    CONSTRAINT wallets_available_within_credit CHECK (balance_nanos - frozen_nanos >= -credit_limit_nanos)
) WITH (fillfactor = 50);
CREATE INDEX wallets_org ON wallets (org_id, id);
COMMENT ON COLUMN wallets.balance_nanos IS 'available + frozen';
COMMENT ON COLUMN wallets.receivable_nanos IS 'owed beyond the credit limit; money that comes in settles it first';
COMMENT ON COLUMN wallets.version IS 'seq of the last transaction';

-- Closing a hold moves it between partial indexes and so writes all of its indexes anew: keep these few. No two full ones
-- begin alike, so that the planner can't mistake one for the other while the table is young and without statistics.
CREATE TABLE holds (
    id              uuid PRIMARY KEY,
    org_id          uuid NOT NULL,
    wallet_id       uuid NOT NULL,
    ref             text COLLATE "C" NOT NULL,
    state           text COLLATE "C" NOT NULL
                    CHECK (state IN ('pending', 'partially_captured', 'captured', 'released', 'expired')),
    amount_nanos    bigint NOT NULL CHECK (amount_nanos >= 0),
    extended_nanos  bigint NOT NULL DEFAULT 0 CHECK (extended_nanos >= 0),
    captured_nanos  bigint NOT NULL DEFAULT 0 CHECK (captured_nanos >= 0),
    released_nanos  bigint NOT NULL DEFAULT 0 CHECK (released_nanos >= 0),
    expired_nanos   bigint NOT NULL DEFAULT 0 CHECK (expired_nanos >= 0),
    remaining_nanos bigint NOT NULL CHECK (remaining_nanos >= 0),
    overage_nanos   bigint NOT NULL DEFAULT 0 CHECK (overage_nanos >= 0),
    settled_late    boolean NOT NULL DEFAULT false,
    expires_at      timestamptz NOT NULL,
    price_id        uuid,
    rates           jsonb,
    trace_id        text COLLATE "C" NOT NULL,
    actor           text NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT holds_ref_once UNIQUE (org_id, ref),
    CONSTRAINT holds_add_up CHECK (
        amount_nanos + extended_nanos = captured_nanos + released_nanos + expired_nanos + remaining_nanos
    ),
    CONSTRAINT holds_over_hold_nothing CHECK (
        remaining_nanos = 0 OR state IN ('pending', 'partially_captured')
    )
) WITH (fillfactor = 80);
CREATE INDEX holds_due ON holds (expires_at) WHERE state IN ('pending', 'partially_captured');
CREATE INDEX holds_open ON holds (org_id, id) WHERE state IN ('pending', 'partially_captured');
CREATE INDEX holds_over ON holds (org_id, id) WHERE state NOT IN ('pending', 'partially_captured');

CREATE TABLE transactions (
    id                     uuid NOT NULL,
    org_id                 uuid NOT NULL,
    wallet_id              uuid NOT NULL,
    seq                    bigint NOT NULL CHECK (seq > 0),
    type                   text COLLATE "C" NOT NULL,
    ref                    text COLLATE "C" NOT NULL,
    amount_nanos           bigint NOT NULL,
    balance_delta_nanos    bigint NOT NULL,
    frozen_delta_nanos     bigint NOT NULL,
    receivable_delta_nanos bigint NOT NULL,
    released_nanos         bigint NOT NULL,
    balance_after_nanos    bigint NOT NULL,
    frozen_after_nanos     bigint NOT NULL CHECK (frozen_after_nanos >= 0),
    receivable_after_nanos bigint NOT NULL CHECK (receivable_after_nanos >= 0),
    currency               text NOT NULL,
    hold_id                uuid,
    capture_ref            text COLLATE "C",
    late                   boolean NOT NULL,
    ends_hold              boolean NOT NULL,
    trace_id               text COLLATE "C" NOT NULL,
    actor                  text NOT NULL,
    description            text NOT NULL,
    at                     timestamptz NOT NULL,
    PRIMARY KEY (wallet_id, seq, at),
    -- Double entry: what leaves or enters the wallet is the amount, what moves inside it sums to zero.
    CONSTRAINT transactions_balance CHECK (
        CASE type
            WHEN 'hold'    THEN amount_nanos >= 0 AND frozen_delta_nanos = amount_nanos
                                AND balance_delta_nanos = 0 AND receivable_delta_nanos = 0 AND released_nanos = 0
            WHEN 'capture' THEN amount_nanos >= 0 AND balance_delta_nanos - receivable_delta_nanos = -amount_nanos
                                AND receivable_delta_nanos >= 0 AND released_nanos >= 0
                                AND -frozen_delta_nanos BETWEEN released_nanos AND released_nanos + amount_nanos
            WHEN 'extend'  THEN amount_nanos >= 0 AND frozen_delta_nanos = amount_nanos
                                AND balance_delta_nanos = 0 AND receivable_delta_nanos = 0 AND released_nanos = 0
            WHEN 'release' THEN amount_nanos >= 0 AND frozen_delta_nanos = -amount_nanos
                                AND balance_delta_nanos = 0 AND receivable_delta_nanos = 0 AND released_nanos = 0
            WHEN 'expire'  THEN amount_nanos >= 0 AND frozen_delta_nanos = -amount_nanos
                                AND balance_delta_nanos = 0 AND receivable_delta_nanos = 0 AND released_nanos = 0
            WHEN 'top_up'  THEN amount_nanos > 0 AND balance_delta_nanos - receivable_delta_nanos = amount_nanos
                                AND receivable_delta_nanos <= 0 AND frozen_delta_nanos = 0 AND released_nanos = 0
            WHEN 'refund'  THEN amount_nanos > 0 AND balance_delta_nanos - receivable_delta_nanos = amount_nanos
                                AND receivable_delta_nanos <= 0 AND frozen_delta_nanos = 0 AND released_nanos = 0
                                AND capture_ref IS NOT NULL
            WHEN 'adjust'  THEN amount_nanos <> 0 AND balance_delta_nanos - receivable_delta_nanos = amount_nanos
                                AND receivable_delta_nanos <= 0 AND frozen_delta_nanos = 0 AND released_nanos = 0
            ELSE false
        END
    )
) PARTITION BY RANGE (at);
CREATE INDEX transactions_org ON transactions (org_id, id);
CREATE INDEX transactions_trace ON transactions (trace_id);
CREATE INDEX transactions_hold ON transactions (hold_id) WHERE hold_id IS NOT NULL;
CREATE INDEX transactions_refund ON transactions (org_id, capture_ref) WHERE capture_ref IS NOT NULL;
COMMENT ON COLUMN transactions.seq IS 'per wallet 1, 2, 3, … without a gap';
SELECT ensure_month_partitions('transactions', (now() - interval '1 month')::date, 14);

-- Every ref ever answered, with its answer; not partitioned and never pruned, so that a retry is recognized for ever.
CREATE TABLE ledger_refs (
    org_id      uuid NOT NULL,
    ref         text COLLATE "C" NOT NULL,
    wallet_id   uuid NOT NULL,
    seq         bigint,
    at          timestamptz NOT NULL,
    code        text COLLATE "C" NOT NULL,
    fingerprint jsonb NOT NULL,
    outcome     jsonb NOT NULL,
    PRIMARY KEY (org_id, ref)
);
COMMENT ON COLUMN ledger_refs.seq IS 'with wallet_id and at: the transaction that the command wrote; null for a refusal';

-- Caps on spending. The admission that keeps used + reserved within the cap belongs to the same batch as the wallet's.
CREATE TABLE budgets (
    id             uuid PRIMARY KEY,
    org_id         uuid NOT NULL,
    scope          text NOT NULL CHECK (scope IN ('org', 'project', 'key', 'user', 'app', 'run')),
    scope_id       uuid NOT NULL,
    period         text NOT NULL CHECK (period IN ('day', 'month', 'total')),
    period_start   date NOT NULL,
    cap_nanos      bigint NOT NULL CHECK (cap_nanos >= 0),
    used_nanos     bigint NOT NULL DEFAULT 0,
    reserved_nanos bigint NOT NULL DEFAULT 0 CHECK (reserved_nanos >= 0),
    UNIQUE (org_id, scope, scope_id, period, period_start)
);

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% rows are written once and never changed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'Correct the books with an adjust or a refund.';
END
$$;
CREATE TRIGGER transactions_are_immutable BEFORE UPDATE OR DELETE ON transactions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_refs_are_immutable BEFORE UPDATE OR DELETE ON ledger_refs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION require_rows(changed bigint, wanted bigint, noun text) RETURNS void
LANGUAGE plpgsql
AS $$
-- Fails the batch as a serialization failure, so that it is decided anew, when a row was not in the version decided on.
-- In the database rather than in the client, so that writes and commit go out in one round trip.
BEGIN
    IF changed <> wanted THEN
        RAISE EXCEPTION 'only % of % % were in the version decided on', changed, wanted, noun
            USING ERRCODE = 'serialization_failure';
    END IF;
END
$$;
