CREATE OR REPLACE FUNCTION ensure_month_partitions(parent regclass, first date, months int) RETURNS int
LANGUAGE plpgsql
AS $$
-- Makes the partitions of `months` months from the month of `first` that aren't there yet, and the DEFAULT partition.
-- Returns how many months it made. Partition names end in _yYYYYmMM. Bounds are UTC whatever the session's time zone.
DECLARE
    months_max CONSTANT int := 120;
    parent_schema name;
    parent_name name;
    month date;
    partition_name text;
    made int := 0;
BEGIN
    IF months NOT BETWEEN 1 AND months_max THEN
        RAISE EXCEPTION 'months must be between 1 and %, not %', months_max, months;
    END IF;
    SELECT n.nspname, c.relname INTO parent_schema, parent_name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = parent;
    IF to_regclass(format('%I.%I', parent_schema, parent_name || '_default')) IS NULL THEN
        EXECUTE format('CREATE TABLE %I.%I PARTITION OF %s DEFAULT', parent_schema, parent_name || '_default', parent);
    END IF;
    FOR offset_months IN 0 .. months - 1 LOOP
        month := (date_trunc('month', first::timestamp) + make_interval(months => offset_months))::date;
        partition_name := parent_name || to_char(month, '"_y"YYYY"m"MM');
        IF to_regclass(format('%I.%I', parent_schema, partition_name)) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
                parent_schema, partition_name, parent,
                month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00'
            );
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;
DROP TABLE usage_sums;
