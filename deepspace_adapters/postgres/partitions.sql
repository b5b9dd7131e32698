-- name: make_ahead
SELECT parent.relname, ensure_month_partitions(parent.oid::regclass, %(first)s::date, %(months)s::int)
FROM pg_partitioned_table AS partitioned
JOIN pg_class AS parent ON parent.oid = partitioned.partrelid
WHERE partitioned.partstrat = 'r'
  AND parent.relkind = 'p'
  AND NOT parent.relispartition
  AND parent.relnamespace = current_schema()::regnamespace
ORDER BY parent.relname;
