"""What can be wrong with a question about the whole installation."""

from deepspace_core.kernel.errors import InvalidInput


class OverviewTooLong(InvalidInput):
    """The period is longer than an overview may be."""

    code = "overview_too_long"
