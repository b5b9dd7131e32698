"""Log lines: one JSON object a line on stderr for machines, one readable line for people; secrets in neither.

Rules: every line carries the trace id of the call or job it was written for, out of `TRACE_ID`, so that no caller
passes it along. Times are UTC, ISO 8601. Redaction happens on what is written, not where it is logged: the line that
leaks is the one nobody thought of, in a library's exception as likely as in ours.
"""

import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

import msgspec

from deepspace_core.kernel.ids import TraceId

TRACE_ID: ContextVar[TraceId | None] = ContextVar("deepspace_trace_id", default=None)
"""The trace that the running task or thread works for. Children of an asyncio task inherit it."""

LINE_CHARACTERS_MAX = 32_768
"""A longer field is cut: a log line must not carry a request body by accident."""

ACCESS_WORDS_MAX = 10_000
"""Routes, methods and statuses are few, but their product needs a bound all the same."""

REDACTED = "[redacted]"
CHATTY = ("httpx", "httpcore", "uvicorn.access", "asyncio", "hpack", "psycopg.pool")
"""Libraries whose INFO is a line or more for each request of ours, which our own lines already tell."""

SERVERS = ("uvicorn", "uvicorn.error", "dramatiq", "psycopg", "psycopg.pool", "yoyo")
"""Loggers that bring handlers of their own; these are removed, so that all lines look alike."""

SILENT = ("uvicorn.access",)
"""Loggers without any handler, which their owner notices and saves the formatting: our own access line tells more."""

_access = logging.getLogger("deepspace.access")
_encode = msgspec.json.Encoder().encode
_SECRET_NAME = re.compile(
    r"(authorization|password|passwd|secret|api[_-]?key|cookie|credential|private[_-]?key)s?$", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"(?P<key>\b(?:sk-[A-Za-z]{0,8}-?|ds-[ar]t-))[\w-]{16,}"  # API keys, ours and the upstream's; session tokens
    r"|(?P<scheme>\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}"  # RFC 6750 section 2.1, RFC 7617 section 2
    r"|(?P<user>://[^/\s:@]*:)[^/\s@]+(?=@)"  # user:password@ in a URL
    r"|(?P<name>(?:password|secret|api_key)[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&}]+",
    re.IGNORECASE,
)

_OWN_ATTRIBUTES = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", "color_message"})


@contextmanager
def traced(trace_id: TraceId) -> Iterator[None]:
    """Marks every line written inside the block with `trace_id`."""
    token = TRACE_ID.set(trace_id)
    try:
        yield
    finally:
        TRACE_ID.reset(token)


def log_access(method: str, route: str, status: int, *, took_ms: float) -> None:
    """The line of an answered request. Its words are our own: a method, a route's template, numbers.

    As JSON it is written straight to our handler's stream: a logger makes a record first, which costs as much again.
    """
    if not _access.isEnabledFor(logging.INFO):
        return
    written_by = _only_writer()
    if written_by is None:
        told = {"route": route, "status": status, "took_ms": took_ms}
        _access.info("%s %s %s", method, route, status, extra=told)
        return
    lines, stream, lock = written_by
    line = lines.access_line(method, route, status, took_ms)
    with lock:
        stream.write(f"{line}\n")
        stream.flush()


def _only_writer() -> "tuple[JsonLines, TextIO, AbstractContextManager[bool]] | None":
    """What our own handler writes by, where it writes JSON and is the only one that an access line would come to."""
    handlers = logging.root.handlers
    handler = handlers[0] if len(handlers) == 1 and not _access.handlers else None
    if isinstance(handler, logging.StreamHandler) and isinstance(handler.formatter, JsonLines) and handler.lock:
        return handler.formatter, handler.stream, handler.lock
    return None


def configure_logging(*, level: str, line_format: str, service: str) -> None:
    """Sends every logger of this process to stderr in one format (`json` or `text`). Calling again replaces it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service) if line_format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in SERVERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.setLevel(logging.NOTSET)
        server.propagate = True
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in SILENT:
        silent = logging.getLogger(name)
        silent.handlers.clear()
        silent.propagate = False
    logging.captureWarnings(True)
    # No line of ours tells them, and finding them out is a third of what a record costs (logging HOWTO, Optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 - as that HOWTO says


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, service, logger, message, trace_id, then whatever `extra` held.

    Written out here because every answered call writes one: a general formatter makes and looks through every field
    several times, which cost more than the rest of the line together.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service
        self._access_words: dict[tuple[str, str, int], str] = {}

    def format(self, record: logging.LogRecord) -> str:
        more = {name: _shown(name, value) for name, value in _extra_of(record).items() if value is not None}
        if record.exc_info:
            more["exc_info"] = redact(self.formatException(record.exc_info))
        if record.stack_info:
            more["stack_info"] = redact(record.stack_info)
        return self.line(record.created, record.levelname, record.name, redact(record.getMessage()), more)

    def access_line(self, method: str, route: str, status: int, took_ms: float) -> str:
        """What `line` says of an answered request; all of its words but the last are of few kinds, and are kept."""
        words = self._access_words.get((method, route, status))
        if words is None:
            told = {"message": f"{method} {route} {status}", "route": route, "status": status}
            line: dict[str, object] = {"level": "INFO", "service": self._service, "logger": _access.name, **told}
            words = _encode(line).decode()[1:-1]
            if len(self._access_words) < ACCESS_WORDS_MAX:
                self._access_words[method, route, status] = words
        trace_id = TRACE_ID.get()
        trace = "" if trace_id is None else f',"trace_id":"{trace_id}"'  # hexadecimal digits, nothing to be quoted
        return f'{{"time":"{_time_of(time.time())}",{words}{trace},"took_ms":{took_ms}}}'

    def line(self, created: float, level: str, logger: str, message: str, more: Mapping[str, object]) -> str:
        """A line of what holds no secret any more."""
        line: dict[str, object] = {
            "time": _time_of(created),
            "level": level,
            "service": self._service,
            "logger": logger,
            "message": message,
        }
        trace_id = TRACE_ID.get()
        if trace_id is not None:
            line["trace_id"] = trace_id
        line.update(more)
        return _encode(line).decode()


class TextLines(logging.Formatter):
    """`12:30:01.250 INFO    deepspace_http.app  message  name=value …  trace=4bf92f35`."""

    def format(self, record: logging.LogRecord) -> str:
        extra = "".join(f"  {name}={_shown(name, value)}" for name, value in _extra_of(record).items())
        trace_id = TRACE_ID.get()
        trace = f"  trace={trace_id}" if trace_id else ""
        at = _time_of(record.created)[11:23]
        line = f"{at} {record.levelname:<7} {record.name}  {redact(record.getMessage())}{extra}{trace}"
        return f"{line}\n{redact(self.formatException(record.exc_info))}" if record.exc_info else line


def redact(text: str) -> str:
    """`text` without the API keys, tokens and passwords that can be told by their looks."""
    text = text[:LINE_CHARACTERS_MAX]
    if not _may_hold_a_secret(text.lower()):
        return text
    return _SECRET_TEXT.sub(lambda match: f"{match[match.lastgroup or 0]}{REDACTED}", text)


def _may_hold_a_secret(text: str) -> bool:
    """Whether anything in it may be one of `_SECRET_TEXT`; written out, because a loop takes ten times as long."""
    return (
        "sk-" in text
        or "ds-" in text
        or "://" in text
        or "bearer" in text
        or "basic" in text
        or "password" in text
        or "secret" in text
        or "api_key" in text
    )


def _shown(name: str, value: object) -> object:
    if _names_a_secret(name):
        return REDACTED
    match value:
        case str():
            return redact(value)
        case dict():
            return {str(key): _shown(str(key), inner) for key, inner in value.items()}
        case list() | tuple():
            return [_shown(name, inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return redact(str(value))


@lru_cache(maxsize=1_024)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _extra_of(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in record.__dict__.items() if name not in _OWN_ATTRIBUTES}


def _time_of(created: float) -> str:
    seconds = int(created)
    return f"{_second_of(seconds)}.{int((created - seconds) * 1e6):06d}Z"


@lru_cache(maxsize=4)
def _second_of(seconds: int) -> str:
    """The lines of one second share what is slow to write."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
