-- name: add_wallets
CREATE TABLE bench_bare_wallets (LIKE wallets INCLUDING ALL) WITH (fillfactor = 50)

-- name: add_rows
CREATE TABLE bench_bare_rows (LIKE transactions INCLUDING ALL)

-- name: copy_wallet
INSERT INTO bench_bare_wallets SELECT * FROM wallets WHERE id = %(wallet_id)s

-- name: update_wallet
UPDATE bench_bare_wallets SET balance_nanos = balance_nanos + 1, version = version + 1, updated_at = now()
 WHERE id = %(wallet_id)s

-- name: insert_row
INSERT INTO bench_bare_rows (
       id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
       receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos, currency,
       late, ends_hold, trace_id, actor, description, at)
VALUES (%(id)s, %(org_id)s, %(wallet_id)s, %(seq)s, 'top_up', %(ref)s, 1, 1, 0, 0, 0, 1, 0, 0, 'USD', false, false,
        %(trace_id)s, 'key:bench', '', now())
