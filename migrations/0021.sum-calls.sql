-- depends: 0020.invite-members

-- What the gateway did, hour by hour, for the whole installation: what an operator's overview is answered from. Made with
-- the roll-ups of usage, of the same records, and of the log of requests. Without tenants, so that a quarter is read in a
-- few thousand rows.
CREATE TABLE call_rollups (
    hour timestamptz NOT NULL,
    model_name text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    calls bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    completed bigint NOT NULL,
    truncated bigint NOT NULL,
    client_aborted bigint NOT NULL,
    upstream_error bigint NOT NULL,
    timed_out bigint NOT NULL,
    -- Sums of picos may pass 2^63: nine million dollars.
    price_picos numeric NOT NULL,
    costed_calls bigint NOT NULL,
    costed_price_picos numeric NOT NULL,
    cost_picos numeric NOT NULL,
    PRIMARY KEY (hour, model_name, channel, currency)
);

-- Counts by step of latency (deepspace_core/overview/latency.py), because quantiles do not add up and counts do.
CREATE TABLE latency_rollups (
    hour timestamptz NOT NULL,
    measure text COLLATE "C" NOT NULL CHECK (measure IN ('answer', 'first_token')),
    step smallint NOT NULL CHECK (step >= 0),
    calls bigint NOT NULL,
    PRIMARY KEY (hour, measure, step)
);

-- Of all requests, refused ones too. `channel` is '' where none was asked, `error_code` is '' where there was no error.
CREATE TABLE request_rollups (
    hour timestamptz NOT NULL,
    channel text COLLATE "C" NOT NULL,
    status integer NOT NULL,
    error_code text COLLATE "C" NOT NULL,
    requests bigint NOT NULL,
    PRIMARY KEY (hour, channel, status, error_code)
);

-- Logs are found by their hour; the column grows as the table does, so a block range index costs writes almost nothing.
CREATE INDEX request_logs_times ON request_logs USING brin (started_at);

-- The next run of the roll-up makes them for everything there is.
UPDATE usage_rollup_state SET rolled_until = NULL, seen_until = NULL;
