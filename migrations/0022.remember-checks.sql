-- depends: 0021.sum-calls

-- How each channel was found, a row a minute and channel, for a month: the worker that adds them takes the old ones away.
CREATE TABLE channel_checks (
    channel_id uuid NOT NULL,
    checked_at timestamptz NOT NULL,
    healthy boolean NOT NULL,
    latency_ms bigint NOT NULL CHECK (latency_ms >= 0),
    detail text NOT NULL,
    PRIMARY KEY (channel_id, checked_at)
);
CREATE INDEX channel_checks_times ON channel_checks (checked_at);
