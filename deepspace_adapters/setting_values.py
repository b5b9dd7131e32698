"""How the text of one setting becomes a value.

A reader takes the text and returns the value, or raises ValueError whose message completes the sentence "NAME …":
what the value must be and what it is instead. A secret's own text never appears in a message.
"""

import base64
import math
import re
from collections.abc import Callable, Collection
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.pipeline.passthrough import PassedRoute, read_passed_routes

UNITS_BYTES = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "KB": 10**3, "MB": 10**6, "GB": 10**9}
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


class Secret(str):
    """Text that does not show itself in a repr. It is a `str`, so that libraries take it as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


def text(value: str) -> str:
    """Any text."""
    return value


def path(value: str) -> Path:
    """A path; `~` is the home directory."""
    return Path(value).expanduser()


def boolean(value: str) -> bool:
    """Yes or no, in any of the usual spellings."""
    if value.lower() in YES:
        return True
    if value.lower() in NO:
        return False
    raise ValueError(f"must be yes or no, not {value!r}")


def email(value: str) -> str:
    """An e-mail address, checked no further than a typing slip."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise ValueError(f"must be an e-mail address, not {value!r}")
    return value


def web_url(value: str) -> str:
    """An http or https address; a slash at its end is dropped."""
    if not _is_url(value, {"http", "https"}) or not urlsplit(value).hostname:
        raise ValueError(f"must begin with http:// or https:// and name a host, not {value!r}")
    return value.rstrip("/")


def passed_routes(value: str) -> tuple[PassedRoute, ...]:
    """Routes that are passed through, comma-separated."""
    try:
        return read_passed_routes(value)
    except InvalidInput as fault:
        raise ValueError(f"must list routes such as GET batches/*: {fault.message}") from None


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks in CIDR notation, comma-separated; a bare address is a network of one."""
    try:
        return tuple(ip_network(one.strip()) for one in value.split(",") if one.strip())
    except ValueError as fault:
        raise ValueError(f"must list networks such as 10.0.0.0/8: {fault}") from None


def secret_text(length_min: int) -> Callable[[str], Secret]:
    """A secret of at least `length_min` characters."""

    def read(value: str) -> Secret:
        if len(value) < length_min:
            raise ValueError(f"must have at least {length_min} characters and has {len(value)}")
        return Secret(value)

    return read


def secret_keys(length_bytes: int) -> Callable[[str], Secret]:
    """Keys of `length_bytes` random bytes, each as base64, comma-separated."""

    def read(value: str) -> Secret:
        if any(len(bytes_of_base64(key)) != length_bytes for key in value.split(",")):
            raise ValueError(f"must be {length_bytes} random bytes in base64; several of them with commas between")
        return Secret(value)

    return read


def bytes_of_base64(text: str) -> bytes:
    """What base64 in either alphabet, padded or not, says; nothing where it is no base64."""
    standard = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError:
        return b""


def secret_url(*schemes: str) -> Callable[[str], Secret]:
    """A URL with one of `schemes`; secret as a whole, since its password is inside."""

    def read(value: str) -> Secret:
        if not _is_url(value, schemes):
            raise ValueError(f"must be a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return Secret(value)

    return read


def one_of(*choices: str) -> Callable[[str], str]:
    """One of `choices`, in any case."""
    by_folded = {choice.casefold(): choice for choice in choices}

    def read(value: str) -> str:
        if value.casefold() not in by_folded:
            raise ValueError(f"must be one of {', '.join(choices)}, not {value!r}")
        return by_folded[value.casefold()]

    return read


def count_between(least: int, most: int) -> Callable[[str], int]:
    """A whole number from `least` to `most`."""

    def read(value: str) -> int:
        if not re.fullmatch(r"[+-]?\d{1,18}", value) or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}, not {value!r}")
        return int(value)

    return read


def seconds_between(least: float, most: float) -> Callable[[str], float]:
    """A number of seconds from `least` to `most`, fractions allowed."""

    def read(value: str) -> float:
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not least <= seconds <= most:  # false for NaN too
            raise ValueError(f"must be seconds from {least:g} to {most:g}, not {value!r}")
        return seconds

    return read


def bytes_between(least: int, most: int) -> Callable[[str], int]:
    """A size: bytes, or a whole number with KiB, MiB or GiB."""

    def read(value: str) -> int:
        match = re.fullmatch(r"(\d{1,18})\s*([A-Za-z]*)", value)
        unit = UNITS_BYTES.get(match[2].upper()) if match else None
        if match is None or unit is None or not least <= int(match[1]) * unit <= most:
            raise ValueError(f"must be a size from {least} to {most} bytes, such as 10MiB, not {value!r}")
        return int(match[1]) * unit

    return read


def _is_url(value: str, schemes: Collection[str]) -> bool:
    try:
        parts, port = urlsplit(value), urlsplit(value).port
    except ValueError:  # whose message may quote the password
        return False
    return parts.scheme in schemes and port != 0
