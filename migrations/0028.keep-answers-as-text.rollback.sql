ALTER TABLE request_logs ALTER COLUMN stages TYPE jsonb;
COMMENT ON COLUMN ledger_refs.outcome IS NULL;
COMMENT ON COLUMN ledger_refs.fingerprint IS NULL;
ALTER TABLE ledger_refs
    ALTER COLUMN fingerprint TYPE jsonb USING fingerprint::jsonb,
    ALTER COLUMN outcome TYPE jsonb USING outcome::jsonb;
