"""What can go wrong with an embedded server; every message ends in what to do about it."""

from deepspace_core.kernel.errors import Conflict, DeepSpaceError


class EmbeddedFailure(DeepSpaceError):
    """An embedded server can't be started or kept running; the message has the end of its log and the fix."""

    code = "embedded_failure"


class AlreadyRunning(Conflict):
    """Another process is using this data directory; `fields["pid"]` is its id where that is known."""

    code = "already_running"
