-- Which call has claimed an Idempotency-Key, and what it was answered.
-- depends: 0011.chain-rows

-- Neither the key nor the body is here, only digests of them, and the answer is sealed with a secret made of the two.
-- No foreign key: a row lives a day. It is written twice and deleted, so it keeps room for the update in place and is
-- vacuumed by count; what is sealed does not compress.
CREATE TABLE idempotency_keys (
    org_id uuid NOT NULL,
    key_hash bytea NOT NULL CHECK (length(key_hash) = 32),
    body_hash bytea NOT NULL CHECK (length(body_hash) = 32),
    call_id uuid NOT NULL,
    trace_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'kept', 'dropped')),
    claimed_at timestamptz NOT NULL,
    lease_until timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    status smallint,
    content_type text,
    cost text,
    sealed bytea,
    sealed_bytes integer NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, key_hash),
    CHECK ((state = 'kept') = (sealed IS NOT NULL)),
    CHECK ((state = 'kept') = (status IS NOT NULL AND content_type IS NOT NULL)),
    CHECK (sealed_bytes = coalesce(length(sealed), 0))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE idempotency_keys ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX idempotency_keys_expiring ON idempotency_keys (expires_at);
