ALTER TABLE holds DROP COLUMN caps;
ALTER TABLE wallets DROP COLUMN capped;
DROP TABLE budget_counters;
DROP TABLE budgets;
DROP FUNCTION budget_period(text, date);
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
