-- depends: 0018.price-units

-- Usage by month, day and third of a day (UTC), each split by one dimension: what a year is answered from. Made of
-- usage_rollups and of nothing else, whole days at a time (deepspace_core/usage/cover.py says what they are for).
CREATE TABLE usage_sums (
    org_id uuid NOT NULL,
    dimension text COLLATE "C" NOT NULL
        CHECK (dimension IN ('none', 'workspace', 'project', 'key', 'user', 'model')),
    span text COLLATE "C" NOT NULL CHECK (span IN ('third', 'day', 'month')),
    starts_at timestamptz NOT NULL,
    value text COLLATE "C",
    currency text COLLATE "C" NOT NULL,
    requests bigint NOT NULL,
    input_uncached bigint NOT NULL,
    input_cached_read bigint NOT NULL,
    input_cache_write bigint NOT NULL,
    input_audio bigint NOT NULL,
    input_image bigint NOT NULL,
    output_text bigint NOT NULL,
    output_reasoning bigint NOT NULL,
    output_audio bigint NOT NULL,
    output_image bigint NOT NULL,
    cost_nanos bigint NOT NULL,
    CONSTRAINT usage_sums_key UNIQUE NULLS NOT DISTINCT (org_id, dimension, span, starts_at, value, currency)
);
CREATE INDEX usage_sums_times ON usage_sums (starts_at, span);

-- The next run of the roll-up makes them for everything there is.
UPDATE usage_rollup_state SET rolled_until = NULL, seen_until = NULL;

-- A table whose DEFAULT partition holds rows of a month can't be given that month: PostgreSQL would have to move them. So
-- they are moved here: out of the DEFAULT partition, which is away meanwhile, and back in through the parent. Until now one
-- row with a wrong clock kept every month after it from being made, for all tables.
CREATE OR REPLACE FUNCTION ensure_month_partitions(parent regclass, first date, months int) RETURNS int
LANGUAGE plpgsql
AS $$
-- Makes the partitions of `months` months from the month of `first` that aren't there yet, and the DEFAULT partition.
-- Returns how many months it made. Partition names end in _yYYYYmMM. Bounds are UTC whatever the session's time zone.
DECLARE
    months_max CONSTANT int := 120;
    parent_schema name;
    parent_name name;
    partition_key name;
    month date;
    lower text;
    upper text;
    partition_name text;
    stray boolean;
    made int := 0;
BEGIN
    IF months NOT BETWEEN 1 AND months_max THEN
        RAISE EXCEPTION 'months must be between 1 and %, not %', months_max, months;
    END IF;
    SELECT n.nspname, c.relname, a.attname INTO parent_schema, parent_name, partition_key
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_partitioned_table p ON p.partrelid = c.oid
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
     WHERE c.oid = parent;
    IF to_regclass(format('%I.%I', parent_schema, parent_name || '_default')) IS NULL THEN
        EXECUTE format('CREATE TABLE %I.%I PARTITION OF %s DEFAULT', parent_schema, parent_name || '_default', parent);
    END IF;
    FOR offset_months IN 0 .. months - 1 LOOP
        month := (date_trunc('month', first::timestamp) + make_interval(months => offset_months))::date;
        partition_name := parent_name || to_char(month, '"_y"YYYY"m"MM');
        CONTINUE WHEN to_regclass(format('%I.%I', parent_schema, partition_name)) IS NOT NULL;
        lower := month::text || ' 00:00:00+00';
        upper := (month + interval '1 month')::date::text || ' 00:00:00+00';
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I WHERE %I >= %L AND %I < %L)',
            parent_schema, parent_name || '_default', partition_key, lower, partition_key, upper) INTO stray;
        IF stray THEN
            EXECUTE format('ALTER TABLE %s DETACH PARTITION %I.%I', parent, parent_schema, parent_name || '_default');
        END IF;
        EXECUTE format('CREATE TABLE %I.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
            parent_schema, partition_name, parent, lower, upper);
        IF stray THEN
            -- The tables are append-only by triggers, which a move must pass and nothing else: the rows stay what they are.
            EXECUTE format('ALTER TABLE %I.%I DISABLE TRIGGER USER', parent_schema, parent_name || '_default');
            EXECUTE format(
                'WITH moved AS (DELETE FROM %I.%I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I.%I SELECT * FROM moved',
                parent_schema, parent_name || '_default', partition_key, lower, partition_key, upper,
                parent_schema, partition_name);
            EXECUTE format('ALTER TABLE %I.%I ENABLE TRIGGER USER', parent_schema, parent_name || '_default');
            EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I.%I DEFAULT', parent, parent_schema, parent_name || '_default');
        END IF;
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;
