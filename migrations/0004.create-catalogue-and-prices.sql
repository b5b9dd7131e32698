-- What is sold and at what price. Both are the deployment's, not a tenant's, so neither table has an org_id.
-- depends: 0003.create-ledger

CREATE FUNCTION refuse_rewrite() RETURNS trigger
LANGUAGE plpgsql
AS $$
-- For append-only tables: history is added to, never rewritten. Old months leave by DETACH PARTITION.
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TABLE models (
    id uuid PRIMARY KEY,
    name text NOT NULL CONSTRAINT models_name_unique UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
    upstream_name text NOT NULL CHECK (length(upstream_name) BETWEEN 1 AND 128),
    kinds text[] NOT NULL CHECK (
        cardinality(kinds) >= 1
        AND kinds <@ ARRAY['chat', 'completion', 'embedding', 'image', 'speech', 'transcription', 'moderation', 'rerank']
    ),
    context_tokens bigint NOT NULL CHECK (context_tokens >= 1),
    output_tokens_max bigint NOT NULL CHECK (output_tokens_max BETWEEN 0 AND context_tokens),
    enabled boolean NOT NULL,
    visibility text NOT NULL CHECK (visibility IN ('public', 'hidden')),
    created_at timestamptz NOT NULL
);

-- Rate cards. `tiers` is JSON because it is read and written whole, and only core knows what it means:
-- [{"from_input_tokens_above": 0, "rates": {"input_uncached": picos a token, …}}, …].
CREATE TABLE prices (
    id uuid PRIMARY KEY,
    model_id uuid NOT NULL REFERENCES models (id),
    version integer NOT NULL CHECK (version >= 1),
    effective_at timestamptz NOT NULL,
    currency text NOT NULL CHECK (length(currency) = 3),
    per_request_picos bigint NOT NULL CHECK (per_request_picos >= 0),
    tiers jsonb NOT NULL,
    CONSTRAINT prices_version_unique UNIQUE (model_id, version)
);

CREATE INDEX prices_effective ON prices (model_id, effective_at DESC, version DESC);

CREATE TRIGGER prices_append_only BEFORE UPDATE OR DELETE ON prices
    FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();
