-- Endpoints whose secret can be replaced, messages that keep what they say, and how far publishing has come.
-- depends: 0009.create-work 0011.chain-rows

ALTER TABLE webhook_endpoints
    ADD COLUMN description text NOT NULL DEFAULT '',
    ADD COLUMN balance_low_nanos bigint CHECK (balance_low_nanos >= 0),
    ADD COLUMN previous_sealed bytea,
    ADD COLUMN previous_expires_at timestamptz,
    ADD COLUMN failing_since timestamptz,
    ADD COLUMN disabled_reason text,
    ADD CONSTRAINT webhook_endpoints_previous_whole
        CHECK ((previous_sealed IS NULL) = (previous_expires_at IS NULL)),
    ADD CONSTRAINT webhook_endpoints_disabled_whole CHECK (enabled = (disabled_at IS NULL));
CREATE INDEX webhook_endpoints_enabled ON webhook_endpoints (org_id) WHERE enabled;

ALTER TABLE webhook_deliveries
    ADD COLUMN happened_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN payload jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    ADD COLUMN attempted_at timestamptz,
    ADD COLUMN response_text text NOT NULL DEFAULT '' CHECK (length(response_text) <= 1000);
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (org_id, endpoint_id, id DESC);
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (created_at) WHERE state <> 'pending';

-- Up to when the happenings of an organization have been looked at; its row's lock lets one publisher at a time.
CREATE TABLE webhook_cursors (
    org_id uuid PRIMARY KEY REFERENCES orgs (id),
    published_until timestamptz
);

-- Thresholds that an organization has been told of: of a cap in a period, of a balance until it has risen again.
CREATE TABLE wallet_marks (
    org_id uuid NOT NULL,
    wallet_id uuid NOT NULL,
    kind text NOT NULL,
    scope_id uuid NOT NULL,
    starts_on date NOT NULL,
    cap_nanos bigint NOT NULL,
    percent smallint NOT NULL,
    marked_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, wallet_id, kind, scope_id, starts_on, cap_nanos, percent)
);
