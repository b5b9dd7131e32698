-- depends: 0011.chain-rows

-- A gateway remembers wallets between batches and writes on what it remembers, if the wallet still is as it was. Its root says
-- that for all that rows changed; `terms` says it for what is changed without a row: the credit limit, closing, budgets.
-- Counted by triggers, so that no writer can forget to. The ledger's own updates name none of these columns and pay nothing.
ALTER TABLE wallets ADD COLUMN terms bigint NOT NULL DEFAULT 0 CHECK (terms >= 0);
COMMENT ON COLUMN wallets.terms IS 'how often the credit limit, the closing or a budget of the wallet was changed';

CREATE FUNCTION count_terms() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.terms := OLD.terms + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER wallets_count_terms
    BEFORE UPDATE OF currency, credit_limit_nanos, closed_at, capped, chained_after ON wallets
    FOR EACH ROW EXECUTE FUNCTION count_terms();

CREATE FUNCTION count_terms_of_wallet() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE wallets SET terms = terms + 1 WHERE id = COALESCE(NEW.wallet_id, OLD.wallet_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER budgets_count_terms
    AFTER INSERT OR UPDATE OR DELETE ON budgets
    FOR EACH ROW EXECUTE FUNCTION count_terms_of_wallet();

-- A hold that somebody remembers is what it was if its version is. Holds from before begin at 1, too.
ALTER TABLE holds ADD COLUMN version bigint NOT NULL DEFAULT 1 CHECK (version > 0);
COMMENT ON COLUMN holds.version IS '1, and one more for every change';
