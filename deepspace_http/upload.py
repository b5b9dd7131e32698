"""A form with files, passed on as it comes.

The fields that the gateway needs are read out of the stream. Where the model stands before the file, as Python's
clients write it, nothing of the file is kept. Where it stands behind it, as a form in a browser may have it, what has
come waits in memory up to SPOOL_BYTES and on the disk beyond, until the model is known. A call with an idempotency key
waits for its whole body in the same way, because two calls are one if their bodies are.
"""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import IO

from litestar.types import Receive

from deepspace_adapters.newapi.form import FormField, FormScanner
from deepspace_core.pipeline import BodyStream, ClientGone
from deepspace_http.body import BodyTooLarge

SPOOL_BYTES = 1024 * 1024
PIECE_BYTES = 256 * 1024


@dataclass(slots=True)
class FormUpload:
    """The `Upload` port on an ASGI connection. `open` it first, and `close` it whatever happens."""

    receive: Receive
    form: FormScanner
    bytes_max: int
    declared: int | None
    """What content-length says."""
    bytes_read: int = 0
    begun: bool = False
    fault: Exception | None = None
    _spool: IO[bytes] = field(default_factory=lambda: tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES))  # noqa: SIM115 - `close` does
    _is_whole: bool = False

    @property
    def bytes_total(self) -> int:
        """How long the body is, or may be at most."""
        if self._is_whole:
            return self.bytes_read
        return self.bytes_max if self.declared is None else min(self.declared, self.bytes_max)

    @property
    def digest(self) -> bytes:
        """Tells one form from another, when it has been read whole."""
        return self.form.digest

    def check_length(self) -> None:
        """Raises BodyTooLarge for a body that says itself that it is too large."""
        if (self.declared or 0) > self.bytes_max:
            raise self._too_large()

    async def open(self, *, whole: bool) -> None:
        """Reads until the model is known, or everything. Raises InvalidInput, BodyTooLarge or ClientGone."""
        while not self._is_whole and (whole or not self.form.model_known):
            self._spool.write(await self._next())
        self.form.require_model()

    def body(self, *, model: str) -> BodyStream:
        given = self.form.fields["model"]
        length = self.bytes_read if self._is_whole else self.declared
        if given.value == model:
            return BodyStream(length, self._pieces())
        name = model.encode()
        if length is not None:
            length += len(name) - (given.end - given.start)
        return BodyStream(length, self._renamed(given, name))

    def close(self) -> None:
        """Forgets what was kept."""
        self._spool.close()

    async def _next(self) -> bytes:
        message = await self.receive()
        if message["type"] != "http.request":
            raise ClientGone
        piece: bytes = message["body"]
        self.bytes_read += len(piece)
        if self.bytes_read > self.bytes_max:
            raise self._too_large()
        self.form.feed(piece)
        if not message.get("more_body", False):
            self._is_whole = True
            self.form.close()
        return piece

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"the form is larger than {self.bytes_max} bytes; send less, or have the operator raise "
            "DEEPSPACE_UPLOAD_BYTES_MAX"
        )

    async def _pieces(self) -> AsyncIterator[bytes]:
        self._spool.seek(0)
        self.begun = True
        while piece := self._spool.read(PIECE_BYTES):
            yield piece
        self._spool.close()
        try:
            while not self._is_whole:
                yield await self._next()
        except Exception as fault:
            self.fault = fault
            raise

    async def _renamed(self, given: FormField, name: bytes) -> AsyncIterator[bytes]:
        """The body with `name` in the place of the field's value."""
        at, is_put = 0, False
        async for piece in self._pieces():
            start, end = given.start - at, given.end - at
            at += len(piece)
            onward = piece[: max(0, start)]
            if not is_put and start < len(piece):
                onward, is_put = onward + name, True
            yield onward + piece[max(0, end) :] if end < len(piece) else onward
