DROP INDEX request_logs_upstream, request_logs_failed, request_logs_user, request_logs_api_key;
