DROP INDEX request_logs_times;
DROP TABLE request_rollups;
DROP TABLE latency_rollups;
DROP TABLE call_rollups;
