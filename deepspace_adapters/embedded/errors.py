"""What can go wrong with an embedded server; every message ends in what to do about it.

Their codes are the kernel's: a program switches on "unavailable" or "conflict", a person reads the message.
"""

from deepspace_core.kernel.errors import Conflict, Unavailable


class EmbeddedFailure(Unavailable):
    """An embedded server can't be started or kept running; the message has the end of its log and the fix."""


class AlreadyRunning(Conflict):
    """Another process is using this data directory; `fields["pid"]` is its id where that is known."""
