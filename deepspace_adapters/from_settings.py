"""Adapters that are another thing by what the settings say. A part of the wiring (deepspace_adapters/container.py)."""

from deepspace_adapters.outgoing.guarded import GuardedOutgoing, OutgoingRules
from deepspace_adapters.settings import Settings
from deepspace_adapters.storage.objects import LocalObjects, ObjectsIn, S3Settings, s3_objects
from deepspace_core.files import FileLimits
from deepspace_core.work import RetentionPolicy


def object_store(settings: Settings) -> ObjectsIn:
    """Where files are stored: a bucket when one is named, else the data directory."""
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
