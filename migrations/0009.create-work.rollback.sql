DROP TABLE webhook_deliveries;
DROP TABLE webhook_endpoints;
DROP TABLE exports;
DROP TABLE artifacts;
DROP TABLE files;
DROP TABLE schedules;
DROP TABLE outbox;
DROP TABLE job_runs;
