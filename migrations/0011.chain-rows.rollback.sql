ALTER TABLE transactions DROP COLUMN root;
ALTER TABLE wallets DROP COLUMN chained_after, DROP COLUMN root;
