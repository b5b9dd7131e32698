"""A person: e-mail address, profile and password rules. Never knows a password, only what its hash text is."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from deepspace_core.identity.secret import Secret
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, UserId

Language: TypeAlias = Literal["en", "zh-CN"]

EMAIL_CHARS_MAX = 254
"""RFC 5321, section 4.5.3.1.3, less the angle brackets."""
PASSWORD_CHARS_MIN = 10
PASSWORD_BYTES_MAX = 1024
"""Far above any passphrase, far below what would make hashing a weapon."""
DISPLAY_NAME_CHARS_MAX = 80
TIME_ZONE_CHARS_MAX = 64

_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@.\x00-\x1f\x7f]+(\.[^\s@.\x00-\x1f\x7f]+)+")
_TIME_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+){0,2}")


@dataclass(frozen=True, slots=True)
class User:
    """A person who can log in. `password_hash` is the hasher's own text, parameters and salt included."""

    id: UserId
    email: str
    display_name: str
    password_hash: str = field(repr=False)
    personal_org_id: OrgId
    created_at: datetime
    language: Language = "en"
    time_zone: str = "UTC"
    is_administrator: bool = False
    disabled_at: datetime | None = None


def read_email(text: str) -> str:
    """The address as it is stored and compared: stripped and case-folded.

    Whether the address lives only a message to it can tell, so the check is for typing slips. Raises InvalidInput.
    """
    email = text.strip().casefold()
    if len(email) > EMAIL_CHARS_MAX or not _EMAIL.fullmatch(email):
        raise InvalidInput("email must be an address like name@example.org", param="email")
    return email


def read_password(password: Secret, *, param: str = "password") -> Secret:
    """Checks length only: rules of composition make passwords worse (NIST SP 800-63B, 5.1.1.2).

    Raises InvalidInput naming `param`.
    """
    text = password.reveal()
    if len(text) < PASSWORD_CHARS_MIN:
        raise InvalidInput(f"{param} must have at least {PASSWORD_CHARS_MIN} characters", param=param)
    if len(text.encode("utf-8", "surrogatepass")) > PASSWORD_BYTES_MAX:
        raise InvalidInput(f"{param} must have at most {PASSWORD_BYTES_MAX} bytes", param=param)
    return password


def read_name(text: str, *, param: str, chars_max: int = DISPLAY_NAME_CHARS_MAX) -> str:
    """A name for people: stripped, not empty, bounded, printable. Raises InvalidInput naming `param`."""
    name = text.strip()
    if not 1 <= len(name) <= chars_max:
        raise InvalidInput(f"{param} must have between 1 and {chars_max} characters", param=param)
    if not name.isprintable():
        raise InvalidInput(f"{param} must not contain control characters", param=param)
    return name


def read_language(text: str) -> Language:
    """One of the languages the product speaks. Raises InvalidInput."""
    for language in get_args(Language):
        if text == language:
            known: Language = language
            return known
    raise InvalidInput(f"language must be one of {', '.join(get_args(Language))}", param="language")


def read_time_zone(text: str) -> str:
    """A name of the IANA shape ("Europe/Berlin", "UTC"); the list itself is not core's to read. Raises InvalidInput."""
    if len(text) > TIME_ZONE_CHARS_MAX or not _TIME_ZONE.fullmatch(text):
        raise InvalidInput("time_zone must be an IANA name like Asia/Shanghai or UTC", param="time_zone")
    return text
