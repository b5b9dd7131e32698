"""Adapters that are another thing by what the settings say, or whose library few processes need: that is loaded at the
first use. A part of the wiring (deepspace_adapters/container.py)."""

from typing import TYPE_CHECKING, Any

from deepspace_adapters.outgoing.guarded import GuardedOutgoing, OutgoingRules
from deepspace_adapters.settings import Settings
from deepspace_adapters.storage.late import LateObjects
from deepspace_core.files import FileLimits
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.work import RetentionPolicy

if TYPE_CHECKING:
    from deepspace_adapters.dramatiq.courier import DramatiqCourier


def object_store(settings: Settings) -> LateObjects:
    """Where files are stored: a bucket when one is named, else the data directory."""
    return LateObjects(lambda: _opened_store(settings))


def retention_policy(settings: Settings) -> RetentionPolicy:
    """How long large tables keep their months. The books and the trail of events keep all of theirs."""
    kept = {"request_logs": settings.keep_request_logs_months, "usage_records": settings.keep_usage_months}
    return RetentionPolicy({table: months for table, months in kept.items() if months})


def file_limits(settings: Settings) -> FileLimits:
    """What the settings say of files."""
    return FileLimits(settings.file_bytes_max, settings.storage_bytes_max or None)


def guarded_outgoing(settings: Settings) -> GuardedOutgoing:
    """The way out that the settings leave open."""
    return GuardedOutgoing(OutgoingRules(allowed=settings.outgoing_allowed_networks))


def job_courier(broker: Any) -> "DramatiqCourier":
    """The worker's only."""
    from deepspace_adapters.dramatiq.courier import DramatiqCourier  # noqa: PLC0415 - see above

    return DramatiqCourier(broker)


def _opened_store(settings: Settings) -> ObjectStore:
    from deepspace_adapters.storage.objects import LocalObjects, S3Settings, s3_objects  # noqa: PLC0415 - likewise

    if settings.s3_bucket is None:
        return LocalObjects(settings.data_dir / "files")
    return s3_objects(
        S3Settings(
            bucket=settings.s3_bucket,
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            access_key_id=settings.s3_access_key_id or "",
            secret_access_key=settings.s3_secret_access_key or "",
        )
    )
