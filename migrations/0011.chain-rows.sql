-- depends: 0010.cap-spending

-- Each row seals all rows of its wallet before it (deepspace_core/ledger/chain.py). The wallet carries the last root; so does
-- the last row that a batch adds to it. Rows written before this migration are not sealed: `chained_after` tells how many.
ALTER TABLE wallets
    ADD COLUMN root bytea NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000'
        CHECK (octet_length(root) = 32),
    ADD COLUMN chained_after bigint NOT NULL DEFAULT 0 CHECK (chained_after >= 0);
UPDATE wallets SET chained_after = version;
ALTER TABLE transactions ADD COLUMN root bytea CHECK (octet_length(root) = 32);
COMMENT ON COLUMN transactions.root IS 'of the last row that a batch added to the wallet: SHA-256 over all its rows so far';
