"""Makes the engine on PostgreSQL and Dramatiq."""

from datetime import timedelta

from dramatiq import Broker

from deepspace_adapters.cron import CronCalendar
from deepspace_adapters.dramatiq.courier import DramatiqCourier
from deepspace_adapters.postgres.outbox import PostgresOutbox
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.schedules import PostgresSchedules
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.postgres.work import PostgresJobQueue, PostgresJobRuns
from deepspace_adapters.system import SystemClock, SystemIds
from deepspace_core.work import (
    DeclareSchedules,
    FailJob,
    FinishJob,
    FireSchedules,
    RelayJobs,
    RenewLeases,
    StartJob,
    YieldJob,
)
from deepspace_core.work.use_cases.run import LEASE
from deepspace_worker.engine import Engine


def make_engine(pool: Pool, broker: Broker, *, lease: timedelta = LEASE) -> Engine:
    """The engine over an open pool and a broker. Every worker of a deployment must use the same lease."""
    unit_of_work = PostgresUnitOfWork(pool)
    runs, outbox, schedules = PostgresJobRuns(), PostgresOutbox(), PostgresSchedules()
    clock, ids, calendar = SystemClock(), SystemIds(), CronCalendar()
    return Engine(
        start_job=StartJob(unit_of_work, runs, outbox, clock, lease),
        renew_leases=RenewLeases(unit_of_work, runs, clock, lease),
        finish_job=FinishJob(unit_of_work, runs, outbox, clock),
        fail_job=FailJob(unit_of_work, runs, outbox, clock),
        yield_job=YieldJob(unit_of_work, runs, outbox, clock),
        relay_jobs=RelayJobs(unit_of_work, outbox, DramatiqCourier(broker), clock),
        declare_schedules=DeclareSchedules(unit_of_work, schedules, calendar, clock),
        fire_schedules=FireSchedules(
            unit_of_work, schedules, runs, PostgresJobQueue(ids=ids, clock=clock), calendar, ids, clock
        ),
    )
