DROP TABLE reconciliations;
DROP TABLE usage_rollup_state;
DROP TABLE usage_rollups;
DROP TABLE usage_records;
