"""Server-sent events as bytes: where one ends, and what its data is.

Source: the WHATWG HTML standard, 9.2.6 (events end at a blank line; data lines are joined).
"""

import re

EVENT_BYTES_MAX = 4 * 1024 * 1024
"""The longest single event; an upstream that sends more without a blank line is broken."""

_EVENT_END = re.compile(rb"\r?\n\r?\n")


def split_at_last_event(data: bytes) -> tuple[bytes, bytes]:
    """The whole events, and what has begun behind them."""
    end = max(data.rfind(b"\n\n") + 2, data.rfind(b"\r\n\r\n") + 4)
    return (data[:end], data[end:]) if end >= 4 or data[:2] == b"\n\n" else (b"", data)  # noqa: PLR2004


def events_of(whole: bytes) -> list[bytes]:
    """Splits whole events, each with the blank line that ends it."""
    events, start = [], 0
    for end in _EVENT_END.finditer(whole):
        events.append(whole[start : end.end()])
        start = end.end()
    if start < len(whole):
        events.append(whole[start:])
    return events


def data_of(event: bytes) -> bytes | None:
    """The event's data, its lines joined; None when it is a comment or has no data."""
    lines = [line[5:].removeprefix(b" ") for line in event.splitlines() if line.startswith(b"data:")]
    return b"\n".join(lines) if lines else None


def with_data(event: bytes, data: bytes) -> bytes:
    """The event with other data in its place; every other line of it (its name, its id) as it was."""
    kept = [line for line in event.splitlines() if line and not line.startswith(b"data:")]
    return b"\n".join([*kept, b"data: " + data]) + b"\n\n"
