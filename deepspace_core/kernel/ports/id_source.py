"""The port of new ids and secrets."""

from typing import Protocol
from uuid import UUID

from deepspace_core.kernel.ids import TraceId


class IdSource(Protocol):
    """Makes ids. A test's twin counts; the real one is UUIDv7 and the operating system's randomness."""

    def uuid(self) -> UUID:
        """A new UUIDv7."""
        ...

    def trace_id(self) -> TraceId:
        """32 random lower-case hex digits, not all zero (W3C Trace Context)."""
        ...

    def secret(self) -> str:
        """256 random bits as URL-safe base64 text without padding (43 characters)."""
        ...
