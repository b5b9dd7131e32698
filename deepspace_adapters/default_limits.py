"""The limits that hold where nobody has set any: a deployment's settings as limits of the platform.

Their ids are fixed, so that every gateway counts in the same windows. A limit of the same scope, metric and window that
an administrator stores in the database comes first and takes their place.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from deepspace_adapters.settings import Settings
from deepspace_core.policy import Limit, LimitId, LimitMetric, LimitScope

MINUTE_SECONDS, DAY_SECONDS = 60, 86_400
SET_BY_SETTINGS = datetime(2000, 1, 1, tzinfo=UTC)
"""A limit has a time of making; that of a setting is before all others."""


def default_limits(settings: Settings) -> Sequence[Limit]:
    """One limit a credential (API key, or session of the web app) for each setting that is not 0."""
    caps = (
        (1, LimitMetric.REQUESTS, MINUTE_SECONDS, settings.requests_per_minute),
        (2, LimitMetric.TOKENS, MINUTE_SECONDS, settings.tokens_per_minute),
        (3, LimitMetric.CONCURRENCY, settings.hold_lifetime_seconds, settings.concurrent_requests),
        (4, LimitMetric.REQUESTS, DAY_SECONDS, settings.requests_per_day),
        (5, LimitMetric.TOKENS, DAY_SECONDS, settings.tokens_per_day),
    )
    return tuple(
        Limit(
            id=LimitId(UUID(int=number)),
            org_id=None,
            scope=LimitScope.KEY,
            scope_id=None,
            metric=metric,
            window_seconds=window_seconds,
            cap=cap,
            created_at=SET_BY_SETTINGS,
        )
        for number, metric, window_seconds, cap in caps
        if cap > 0
    )
