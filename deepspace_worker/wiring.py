"""The engine, composed from the adapters of a worker process."""

from datetime import timedelta

from deepspace_adapters.composition import compose
from deepspace_adapters.container import Adapters
from deepspace_core.work import RenewLeases, StartJob
from deepspace_core.work.use_cases.run import LEASE
from deepspace_worker.engine import Engine


def make_engine(adapters: Adapters, *, lease: timedelta = LEASE) -> Engine:
    """The engine over adapters that were given a broker. Every worker of a deployment must use the same lease."""
    return compose(
        adapters,
        Engine,
        start_job=compose(adapters, StartJob, lease=lease),
        renew_leases=compose(adapters, RenewLeases, lease=lease),
    )
