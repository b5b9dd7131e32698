-- depends: 0003.create-ledger

-- Budgets belong to a wallet (a cap is an amount of one currency), so that its row lock covers them and their counters.
-- The table of 0003 kept cap and counter in one row and was never written to.
DROP TABLE budgets;
CREATE TABLE budgets (
    org_id       uuid NOT NULL,
    wallet_id    uuid NOT NULL,
    scope        text COLLATE "C" NOT NULL CHECK (scope IN ('org', 'project', 'key', 'user', 'app', 'run')),
    scope_id     uuid NOT NULL,
    cap_window   text COLLATE "C" NOT NULL CHECK (cap_window IN ('day', 'month', 'total')),
    cap_nanos    bigint NOT NULL CHECK (cap_nanos >= 0),
    counted_from date NOT NULL,
    set_at       timestamptz NOT NULL,
    PRIMARY KEY (wallet_id, scope, scope_id, cap_window)
);
CREATE INDEX budgets_org ON budgets (org_id);
COMMENT ON COLUMN budgets.counted_from IS 'periods that begin before this day are not counted';

-- One row a budget and period: a new period begins with a new row, so that nothing has to be reset.
CREATE TABLE budget_counters (
    wallet_id      uuid NOT NULL,
    scope          text COLLATE "C" NOT NULL,
    scope_id       uuid NOT NULL,
    cap_window     text COLLATE "C" NOT NULL,
    starts_on      date NOT NULL,
    used_nanos     bigint NOT NULL CHECK (used_nanos >= 0),
    reserved_nanos bigint NOT NULL CHECK (reserved_nanos >= 0),
    PRIMARY KEY (wallet_id, scope, scope_id, cap_window, starts_on)
) WITH (fillfactor = 50);

-- Stands once here and once in deepspace_core/ledger/budget.py (`starts_on`); a contract test holds the two together.
CREATE FUNCTION budget_period(cap_window text, day date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE cap_window WHEN 'day' THEN day WHEN 'month' THEN date_trunc('month', day::timestamp)::date
                       ELSE DATE '1970-01-01' END;

ALTER TABLE wallets ADD COLUMN capped boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN wallets.capped IS 'whether it has budgets: a batch looks for them only where there are any';
ALTER TABLE holds ADD COLUMN caps text[] COLLATE "C" NOT NULL DEFAULT '{}';
COMMENT ON COLUMN holds.caps IS 'whose budgets it counts against, each scope:id';
