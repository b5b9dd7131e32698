ALTER TABLE request_logs DROP COLUMN channel;
ALTER TABLE usage_records
    DROP CONSTRAINT usage_records_cost_has_currency,
    DROP COLUMN upstream_cost_currency,
    DROP COLUMN upstream_cost_picos,
    DROP COLUMN attempts,
    DROP COLUMN upstream_request_id,
    DROP COLUMN upstream_model,
    DROP COLUMN channel;
DROP TABLE channel_health;
DROP TABLE channels;
