UPDATE job_runs SET state = 'running' WHERE state = 'cancelling';
ALTER TABLE job_runs
    DROP CONSTRAINT job_runs_check1,
    DROP CONSTRAINT job_runs_state_check,
    ADD CONSTRAINT job_runs_state_check CHECK (state IN ('queued', 'running', 'succeeded', 'dead', 'cancelled')),
    ADD CONSTRAINT job_runs_check1 CHECK ((state = 'running') = (lease_expires_at IS NOT NULL)),
    DROP COLUMN revision,
    DROP COLUMN time_limit,
    DROP COLUMN attempts_max,
    DROP COLUMN error_code,
    DROP COLUMN due_at,
    DROP COLUMN progress_note,
    DROP COLUMN progress_total,
    DROP COLUMN progress_done,
    ADD COLUMN progress_percent smallint NOT NULL DEFAULT 0 CHECK (progress_percent BETWEEN 0 AND 100);
ALTER TABLE job_runs ALTER COLUMN progress_percent DROP DEFAULT;
