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
