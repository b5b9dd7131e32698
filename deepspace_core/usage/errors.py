"""What can be wrong with a question about usage."""

from deepspace_core.kernel.errors import InvalidInput, NotFound


class UsageRecordNotFound(NotFound):
    """No usage record of that id in this organization."""

    code = "usage_record_not_found"


class InvalidPeriod(InvalidInput):
    """The period is empty, too long for its buckets, or its time zone is unknown."""

    code = "invalid_period"


class ReconciliationNotFound(NotFound):
    """No comparison of that id."""

    code = "reconciliation_not_found"
