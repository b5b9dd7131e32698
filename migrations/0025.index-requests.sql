-- depends: 0024.sum-usage-by-pairs

-- What an operator looks for in the log of requests: a key's, a person's, those that failed, and the one that the upstream
-- knows by its own id. A project's are found by the index of its organization. Models, channels and paths are few, so
-- their newest rows are near the end of the log; a period narrows the rest.
CREATE INDEX request_logs_api_key ON request_logs (api_key_id, id DESC) WHERE api_key_id IS NOT NULL;
CREATE INDEX request_logs_user ON request_logs (user_id, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX request_logs_failed ON request_logs (id DESC) WHERE status >= 400;
CREATE INDEX request_logs_upstream ON request_logs (upstream_request_id) WHERE upstream_request_id IS NOT NULL;
