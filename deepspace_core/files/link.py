"""Links that let whoever has them download one thing for a while, without an account.

A link is what it names and until when, sealed with the installation's key: nobody can make one or change one, and
nothing is stored. It ends with its time, or with the thing that it leads to. Links of the object store's own (presigned
URLs) were rejected: they would need a store that the whole world can reach, and can't be taken back.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from deepspace_core.files.errors import LinkExpired, LinkInvalid
from deepspace_core.kernel.errors import InvalidInput, SecretUnreadable
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.secret_box import SecretBox

LIFETIME_DEFAULT = timedelta(hours=1)
LIFETIME_MAX = timedelta(days=7)
TOKEN_CHARACTERS_MAX = 500
PURPOSE = "download link"
_PARTS = 4


@dataclass(frozen=True, slots=True)
class DownloadLink:
    """`kind` is the noun of `id`: "file", "export"."""

    kind: str
    org_id: OrgId
    id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SealedLink:
    """A link as it is given out; `token` is all of it that a URL must carry."""

    token: str
    expires_at: datetime


def read_lifetime(seconds: int | None) -> timedelta:
    """How long a link shall work; an hour unless told. Raises InvalidInput naming `lifetime_seconds`."""
    lifetime = LIFETIME_DEFAULT if seconds is None else timedelta(seconds=seconds)
    if not timedelta(0) < lifetime <= LIFETIME_MAX:
        raise InvalidInput(
            f"lifetime_seconds must be between 1 and {int(LIFETIME_MAX.total_seconds())}", param="lifetime_seconds"
        )
    return lifetime


def seal_link(box: SecretBox, link: DownloadLink) -> SealedLink:
    """The link as text that is safe in a URL. Its time is cut to whole seconds."""
    expires = int(link.expires_at.timestamp())
    text = f"{link.kind}:{link.org_id.hex}:{link.id.hex}:{expires}"
    token = base64.urlsafe_b64encode(box.seal(text, purpose=PURPOSE)).rstrip(b"=").decode()
    return SealedLink(token, datetime.fromtimestamp(expires, UTC))


def open_link(box: SecretBox, token: str, *, now: datetime) -> DownloadLink:
    """What a token names. Raises LinkInvalid or LinkExpired."""
    link = _opened(box, token)
    if link.expires_at <= now:
        raise LinkExpired("this link's time is over; ask for another", param="token")
    return link


def _opened(box: SecretBox, token: str) -> DownloadLink:
    try:
        sealed = base64.b64decode(token[:TOKEN_CHARACTERS_MAX] + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        kind, org, thing, expires = box.open(sealed, purpose=PURPOSE).split(":", _PARTS - 1)
    except (binascii.Error, ValueError, SecretUnreadable):
        raise link_invalid() from None
    return DownloadLink(kind, OrgId(UUID(org)), UUID(thing), datetime.fromtimestamp(int(expires), UTC))


def link_invalid() -> LinkInvalid:
    """The one thing to say of a link that is not ours, or whose file is gone."""
    return LinkInvalid("this link leads nowhere: it was not given out here, or what it led to is gone", param="token")
