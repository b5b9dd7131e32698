-- depends: 0027.pin-conversations

-- What the ledger answered, and the stages of a request, are written by every call and taken apart by no statement: as jsonb
-- PostgreSQL parsed and sorted them, a fifteenth of its work for a call. The ledger alone reads its answers, whole; stages are
-- still known to be JSON. Both tables are rewritten: stop the gateways for it where they are large.
ALTER TABLE ledger_refs
    ALTER COLUMN fingerprint TYPE text COLLATE "C",
    ALTER COLUMN outcome TYPE text COLLATE "C";
COMMENT ON COLUMN ledger_refs.fingerprint IS 'JSON: what was asked';
COMMENT ON COLUMN ledger_refs.outcome IS 'JSON: what was answered, without the transaction';
ALTER TABLE request_logs ALTER COLUMN stages TYPE json;
