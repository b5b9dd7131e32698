-- name: add_reconciliation
INSERT INTO reconciliations
    (id, org_id, kind, period_start, period_end, started_at, finished_at, rows_compared, differences, report)
VALUES
    (%(id)s, NULL, %(kind)s, %(period_start)s, %(period_end)s, %(started_at)s, %(finished_at)s, %(rows_compared)s,
     %(differences)s, %(report)s);

-- name: list_reconciliations
SELECT id, kind, period_start, period_end, started_at, finished_at, rows_compared, differences, report
FROM reconciliations
WHERE %(after)s::uuid IS NULL OR id < %(after)s
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: get_reconciliation
SELECT id, kind, period_start, period_end, started_at, finished_at, rows_compared, differences, report
FROM reconciliations
WHERE id = %(id)s;
