-- name: make_ahead
SELECT parent.relname, ensure_month_partitions(parent.oid::regclass, %(first)s::date, %(months)s::int)
FROM pg_partitioned_table AS partitioned
JOIN pg_class AS parent ON parent.oid = partitioned.partrelid
WHERE partitioned.partstrat = 'r'
  AND parent.relkind = 'p'
  AND NOT parent.relispartition
  AND parent.relnamespace = current_schema()::regnamespace
ORDER BY parent.relname;

-- name: list_partitioned
SELECT parent.relname
FROM pg_partitioned_table AS partitioned
JOIN pg_class AS parent ON parent.oid = partitioned.partrelid
WHERE partitioned.partstrat = 'r' AND NOT parent.relispartition
  AND parent.relnamespace = current_schema()::regnamespace
ORDER BY parent.relname;

-- name: measure
-- Rows as the last ANALYZE counted them: a count would read all of them. The partition without a month counts as well.
SELECT parent.relname AS table,
       count(*) FILTER (WHERE month <= to_char(%(until)s::date, 'YYYY-MM'))::int AS months,
       min(month) FILTER (WHERE month <= to_char(%(until)s::date, 'YYYY-MM')) AS first_month,
       max(month) FILTER (WHERE month <= to_char(%(until)s::date, 'YYYY-MM')) AS last_month,
       coalesce(sum(greatest(child.reltuples, 0)), 0)::bigint AS rows_about,
       coalesce(sum(pg_total_relation_size(child.oid)), 0)::bigint AS size_bytes
FROM pg_partitioned_table AS partitioned
JOIN pg_class AS parent ON parent.oid = partitioned.partrelid
LEFT JOIN pg_inherits ON inhparent = parent.oid
LEFT JOIN pg_class AS child ON child.oid = inhrelid
LEFT JOIN LATERAL (
    SELECT found[1] || '-' || found[2] AS month
    FROM regexp_match(child.relname, '_y([0-9]{4})m([0-9]{2})$') AS found
) AS named ON true
WHERE partitioned.partstrat = 'r' AND NOT parent.relispartition
  AND parent.relnamespace = current_schema()::regnamespace
GROUP BY parent.relname
ORDER BY parent.relname;

-- name: list_months
-- Attached months by name: the name says the month, as ensure_month_partitions writes it.
SELECT child.relname
FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = to_regclass(%(table)s::text) AND child.relname < %(table)s || to_char(%(before)s::date, '"_y"YYYY"m"MM')
  AND child.relname ~ ('^' || %(table)s || '_y[0-9]{4}m[0-9]{2}$')
ORDER BY child.relname;

-- name: list_detached
SELECT wanted.relname AS parent, alone.relname AS name
FROM unnest(%(tables)s::text[]) AS wanted (relname)
JOIN pg_class AS alone ON alone.relname ~ ('^' || wanted.relname || '_y[0-9]{4}m[0-9]{2}$')
WHERE alone.relkind = 'r' AND NOT alone.relispartition AND alone.relnamespace = current_schema()::regnamespace
ORDER BY alone.relname;

-- name: list_archived
SELECT DISTINCT ON (name) regexp_replace(name, '_y[0-9]{4}m[0-9]{2}$', '') AS table, name, payload ->> 'key' AS key,
       (payload ->> 'rows')::bigint AS rows, (payload ->> 'size_bytes')::bigint AS size_bytes,
       payload ->> 'sha256' AS sha256, at AS archived_at
FROM audit_logs
CROSS JOIN LATERAL (SELECT substr(subject, length('table:') + 1) AS name) AS told
WHERE event_type = 'month.archived' AND org_id IS NULL
ORDER BY name, at DESC
LIMIT %(limit)s;

-- name: find_month
SELECT found.relispartition
FROM pg_class AS found
WHERE found.relname = %(name)s AND found.relnamespace = current_schema()::regnamespace
  AND to_regclass(%(table)s::text) IS NOT NULL;
