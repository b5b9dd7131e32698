ALTER TABLE holds DROP COLUMN version;
DROP TRIGGER budgets_count_terms ON budgets;
DROP TRIGGER wallets_count_terms ON wallets;
DROP FUNCTION count_terms_of_wallet();
DROP FUNCTION count_terms();
ALTER TABLE wallets DROP COLUMN terms;
