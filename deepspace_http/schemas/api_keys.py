"""Wire types of API keys. The secret stands in one answer only: the one that made or rotated the key."""

from typing import Annotated

import msgspec
from msgspec import Meta

from deepspace_core.identity.api_key import (
    KEY_LIMITS_MAX,
    MODELS_ALLOWED_MAX,
    OVERLAP_SECONDS_MAX,
    ApiKey,
    KeyLimit,
)
from deepspace_core.identity.principal import Permission
from deepspace_core.identity.use_cases.api_keys import NewApiKey
from deepspace_core.kernel.ids import show_id
from deepspace_core.policy.limit import LimitMetric
from deepspace_http.schemas.policy import Cap, WindowSeconds
from deepspace_http.schemas.wire import (
    REASON_CHARACTERS_MAX,
    ApiKeyIdText,
    Name,
    OrgIdText,
    ProjectIdText,
    RequestBody,
    ResponseBody,
    Time,
    UserIdText,
)

Scopes = Annotated[list[Permission], Meta(min_length=1, max_length=len(Permission), examples=[["models:use"]])]
ModelNames = Annotated[list[str], Meta(max_length=MODELS_ALLOWED_MAX, examples=[["smollm2-135m"]])]


class ApiKeyBody(ResponseBody, frozen=True, kw_only=True):
    """A key, without its secret. `project_id` null: good for the whole organization."""

    id: ApiKeyIdText
    org_id: OrgIdText
    name: Name
    prefix: Annotated[str, Meta(examples=["sk-ds-4f9a2b"])]
    scopes: Scopes
    project_id: ProjectIdText | None
    model_allow_list: ModelNames | None
    created_by: UserIdText
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None
    last_used_at: Time | None
    rotated_at: Time | None
    previous_expires_at: Time | None


class NewApiKeyBody(ResponseBody, frozen=True, kw_only=True):
    """A key and its secret. Keep the secret: it is not shown again."""

    key: ApiKeyBody
    secret: Annotated[str, Meta(examples=["sk-ds-…"])]


class KeyLimitBody(RequestBody, frozen=True, kw_only=True):
    """At most `cap` of `metric` in any `window_seconds`, for this key."""

    metric: LimitMetric
    window_seconds: WindowSeconds
    cap: Cap

    def read(self) -> KeyLimit:
        """The core's limit."""
        return KeyLimit(self.metric, self.window_seconds, self.cap)


class CreateApiKeyBody(RequestBody, frozen=True, kw_only=True):
    """A new key. Its scopes can't exceed what its maker may do; `model_allow_list` null allows every model."""

    name: Name
    scopes: Scopes = msgspec.field(default_factory=lambda: [Permission.USE_MODELS])
    project_id: ProjectIdText | None = None
    model_allow_list: ModelNames | None = None
    expires_at: Time | None = None
    limits: Annotated[list[KeyLimitBody], Meta(max_length=KEY_LIMITS_MAX)] = msgspec.field(default_factory=list)


class UpdateApiKeyBody(RequestBody, frozen=True, kw_only=True):
    """What the key is to be from now on. `model_allow_list` null allows every model, `expires_at` null never ends;
    `limits` null leaves its limits as they are, else they are these and no others."""

    name: Name
    scopes: Scopes
    model_allow_list: ModelNames | None
    expires_at: Time | None
    limits: Annotated[list[KeyLimitBody], Meta(max_length=KEY_LIMITS_MAX)] | None = None

    def read_limits(self) -> list[KeyLimit] | None:
        """The core's limits."""
        return None if self.limits is None else [one.read() for one in self.limits]


class RotateApiKeyBody(RequestBody, frozen=True, kw_only=True):
    """How long the secret before goes on working."""

    overlap_seconds: Annotated[int, Meta(ge=0, le=OVERLAP_SECONDS_MAX, examples=[3600])] = 0


class RevokeApiKeyBody(RequestBody, frozen=True, kw_only=True):
    """Why an administrator ends a key that is not theirs."""

    reason: Annotated[
        str, Meta(min_length=1, max_length=REASON_CHARACTERS_MAX, examples=["Found in a public repository"])
    ]


def show_api_key(key: ApiKey) -> ApiKeyBody:
    """The wire form."""
    return ApiKeyBody(
        id=show_id("api_key", key.id),
        org_id=show_id("org", key.org_id),
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes, key=lambda scope: scope.value),
        project_id=None if key.project_id is None else show_id("project", key.project_id),
        model_allow_list=None if key.model_allow_list is None else sorted(key.model_allow_list),
        created_by=show_id("user", key.created_by),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        rotated_at=key.rotated_at,
        previous_expires_at=key.previous_expires_at,
    )


def show_new_api_key(new: NewApiKey) -> NewApiKeyBody:
    """The wire form, secret included."""
    return NewApiKeyBody(key=show_api_key(new.key), secret=new.secret.reveal())
