-- What calls are held to: limits, and the addresses they may come from.
-- depends: 0006.create-audit

-- org_id null: the platform's own limits. scope_id null: the default for everything of that scope.
CREATE TABLE rate_limits (
    id uuid PRIMARY KEY,
    org_id uuid REFERENCES orgs (id),
    scope text NOT NULL CHECK (scope IN ('key', 'user', 'project', 'org', 'model')),
    scope_id uuid,
    metric text NOT NULL CHECK (metric IN ('requests', 'tokens', 'concurrency')),
    window_seconds integer NOT NULL CHECK (window_seconds >= 1),
    cap bigint NOT NULL CHECK (cap >= 0),
    created_at timestamptz NOT NULL,
    CONSTRAINT rate_limits_key UNIQUE NULLS NOT DISTINCT (org_id, scope, scope_id, metric, window_seconds)
);

CREATE TABLE ip_rules (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs (id),
    scope text NOT NULL CHECK (scope IN ('org', 'key')),
    scope_id uuid NOT NULL,
    action text NOT NULL CHECK (action IN ('allow', 'deny')),
    network cidr NOT NULL,
    note text NOT NULL CHECK (length(note) <= 200),
    created_at timestamptz NOT NULL
);

CREATE INDEX ip_rules_org ON ip_rules (org_id, id DESC);
