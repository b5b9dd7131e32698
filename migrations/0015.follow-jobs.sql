-- depends: 0011.chain-rows

-- Progress in the job's own units, the wish to stop a running job, and what its worker promised. `revision` grows with
-- every write, so that a listener can say which one it has seen.
ALTER TABLE job_runs
    DROP COLUMN progress_percent,
    ADD COLUMN progress_done bigint NOT NULL DEFAULT 0 CHECK (progress_done >= 0),
    ADD COLUMN progress_total bigint CHECK (progress_total >= 0),
    ADD COLUMN progress_note text CHECK (length(progress_note) <= 200),
    ADD COLUMN due_at timestamptz,
    ADD COLUMN error_code text CHECK (length(error_code) <= 100),
    ADD COLUMN attempts_max integer CHECK (attempts_max > 0),
    ADD COLUMN time_limit interval CHECK (time_limit > interval '0'),
    ADD COLUMN revision bigint NOT NULL DEFAULT 0;
UPDATE job_runs SET due_at = queued_at;
UPDATE job_runs SET error_code = 'unknown' WHERE error IS NOT NULL;
ALTER TABLE job_runs
    ALTER COLUMN due_at SET NOT NULL,
    DROP CONSTRAINT job_runs_state_check,
    DROP CONSTRAINT job_runs_check1,
    ADD CONSTRAINT job_runs_state_check
        CHECK (state IN ('queued', 'running', 'cancelling', 'succeeded', 'dead', 'cancelled')),
    ADD CONSTRAINT job_runs_check1 CHECK ((state IN ('running', 'cancelling')) = (lease_expires_at IS NOT NULL));
