"""A key for programs. Shown once; stored as its first characters and a SHA-256.

Rotation keeps the key and changes its secret, so that usage, limits and caps of the key go on unbroken; the secret
before goes on working for the overlap that the rotation named. At most two secrets of a key work at a time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from deepspace_core.identity.principal import Permission
from deepspace_core.identity.secret import API_KEY_HEAD, PREFIX_CHARS, Secret
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId, UserId

API_KEY_NAME_CHARS_MAX = 80
MODELS_ALLOWED_MAX = 100
KEY_LIMITS_MAX = 10
MODEL_NAME_CHARS_MAX = 200
OVERLAP_SECONDS_MAX = 30 * 24 * 3600
LAST_USED_STEP = timedelta(minutes=1)
"""How stale `last_used_at` may be: it is written at most once in this time."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key. `project_id` None: good for the whole organization. `model_allow_list` None: every model."""

    id: ApiKeyId
    org_id: OrgId
    name: str
    prefix: str
    scopes: frozenset[Permission]
    created_by: UserId
    created_at: datetime
    sha256: bytes = field(repr=False)
    project_id: ProjectId | None = None
    model_allow_list: frozenset[str] | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    rotated_at: datetime | None = None
    previous_sha256: bytes | None = field(default=None, repr=False)
    previous_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyLimit:
    """A limit that a key is to have from its first call on; what the words mean is policy's to know."""

    metric: str
    window_seconds: int
    cap: int


def api_key_secret(random_text: str) -> tuple[Secret, str]:
    """The whole secret and the prefix that stays readable, from 256 fresh random bits as text."""
    text = API_KEY_HEAD + random_text
    return Secret(text), text[:PREFIX_CHARS]


def rotate_api_key(key: ApiKey, *, secret: Secret, prefix: str, overlap: timedelta, now: datetime) -> ApiKey:
    """The key under its new secret; the one before works until `now + overlap`, and the one before that no more."""
    return replace(
        key,
        sha256=secret.sha256(),
        prefix=prefix,
        rotated_at=now,
        previous_sha256=key.sha256,
        previous_expires_at=now + overlap,
    )


def read_scopes(texts: Iterable[str]) -> frozenset[Permission]:
    """Raises InvalidInput naming the unknown scope, or when there is none."""
    known = {permission.value: permission for permission in Permission}
    scopes: set[Permission] = set()
    for text in texts:
        if text not in known:
            raise InvalidInput(f"scope {text[:64]!r} is unknown; choose from {', '.join(known)}", param="scopes")
        scopes.add(known[text])
    if not scopes:
        raise InvalidInput("scopes must name at least one permission", param="scopes")
    return frozenset(scopes)


def read_model_allow_list(names: Iterable[str] | None) -> frozenset[str] | None:
    """None allows every model; an empty list none. Raises InvalidInput when out of bounds."""
    if names is None:
        return None
    models = frozenset(names)
    if len(models) > MODELS_ALLOWED_MAX or any(not 1 <= len(name) <= MODEL_NAME_CHARS_MAX for name in models):
        raise InvalidInput(
            f"model_allow_list takes at most {MODELS_ALLOWED_MAX} names of 1 to {MODEL_NAME_CHARS_MAX} characters",
            param="model_allow_list",
        )
    return models


def read_expiry(expires_at: datetime | None, *, now: datetime) -> datetime | None:
    """Raises InvalidInput unless it lies ahead and says its time zone."""
    if expires_at is None:
        return None
    if expires_at.tzinfo is None:
        raise InvalidInput("expires_at must say its time zone, like 2030-01-31T00:00:00Z", param="expires_at")
    if expires_at <= now:
        raise InvalidInput("expires_at must lie in the future", param="expires_at")
    return expires_at


def read_overlap(seconds: int) -> timedelta:
    """Raises InvalidInput when it is negative or longer than thirty days."""
    if not 0 <= seconds <= OVERLAP_SECONDS_MAX:
        raise InvalidInput(f"overlap_seconds must be between 0 and {OVERLAP_SECONDS_MAX}", param="overlap_seconds")
    return timedelta(seconds=seconds)
