"""What can be wrong with a job or a schedule."""

from deepspace_core.kernel.errors import Conflict, InvalidInput, NotFound


class JobNotFound(NotFound):
    """No such job here, or one of another tenant."""


class JobStateConflict(Conflict):
    """The job's state does not allow the step; `fields` names both."""


class ArchiveNotFound(NotFound):
    """No month of that name was archived in this installation."""

    code = "archive_not_found"


class ArchiveDamaged(Conflict):
    """What is stored, or what is there, is not what was archived."""

    code = "archive_damaged"


class ScheduleNotFound(NotFound):
    """No schedule of that name in this installation."""


class InvalidSchedule(InvalidInput):
    """A cron expression or a time zone that can't be read; `param` names which."""
