DROP FUNCTION require_rows(bigint, bigint, text);
DROP TABLE budgets;
DROP TABLE ledger_refs;
DROP TABLE transactions;
DROP TABLE holds;
DROP TABLE wallets;
DROP FUNCTION refuse_change();
