-- Upstreams beside the one of the environment, and what a call cost us there.
-- depends: 0011.chain-rows

-- `sealed_key` null: the credential is the environment's, and so is the place, whatever base_url says.
-- `models` null: all. `model_names`: from our name to the channel's. `cost_rates`: from our name, or "*", to
-- {"currency": …, "per_request_picos": …, "tiers": as in prices}.
CREATE TABLE channels (
    id uuid PRIMARY KEY,
    name text NOT NULL CONSTRAINT channels_name_unique UNIQUE CHECK (length(name) BETWEEN 1 AND 63),
    base_url text NOT NULL,
    sealed_key bytea,
    priority integer NOT NULL CHECK (priority >= 0),
    weight integer NOT NULL CHECK (weight >= 1),
    models text[],
    model_names jsonb NOT NULL,
    cost_rates jsonb NOT NULL,
    log_base_url text,
    log_user_id bigint,
    log_sealed_token bytea,
    log_token_name text,
    enabled boolean NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    CHECK ((log_base_url IS NULL) = (log_sealed_token IS NULL) AND (log_base_url IS NULL) = (log_user_id IS NULL))
);

-- The last finding of each channel. No foreign key: the channel of the environment need not be stored.
CREATE TABLE channel_health (
    channel_id uuid PRIMARY KEY,
    checked_at timestamptz NOT NULL,
    healthy boolean NOT NULL,
    latency_ms bigint NOT NULL CHECK (latency_ms >= 0),
    models integer CHECK (models >= 0),
    detail text NOT NULL
);

-- Null in records from before, and where nobody has said what a channel charges.
ALTER TABLE usage_records
    ADD COLUMN channel text,
    ADD COLUMN upstream_model text,
    ADD COLUMN upstream_request_id text,
    ADD COLUMN attempts integer CHECK (attempts >= 1),
    ADD COLUMN upstream_cost_picos bigint CHECK (upstream_cost_picos >= 0),
    ADD COLUMN upstream_cost_currency text,
    ADD CONSTRAINT usage_records_cost_has_currency
        CHECK ((upstream_cost_picos IS NULL) = (upstream_cost_currency IS NULL));

ALTER TABLE request_logs ADD COLUMN channel text;
