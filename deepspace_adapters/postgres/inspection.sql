-- name: look_around
SELECT
    current_setting('server_version_num')::int,
    clock_timestamp(),
    pg_is_in_recovery(),
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector'),
    current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off',
    current_setting('max_connections')::int;
