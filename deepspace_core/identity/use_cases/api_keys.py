"""API keys of the caller's organization. Members see and change those of their own making, admins everybody's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from deepspace_core.identity.api_key import (
    API_KEY_NAME_CHARS_MAX,
    KEY_LIMITS_MAX,
    ApiKey,
    KeyLimit,
    api_key_secret,
    read_expiry,
    read_model_allow_list,
    read_overlap,
    rotate_api_key,
)
from deepspace_core.identity.errors import KeyOver, PermissionMissing, ProjectArchived
from deepspace_core.identity.ports import ApiKeys, Projects
from deepspace_core.identity.principal import Permission, Principal
from deepspace_core.identity.secret import Secret
from deepspace_core.identity.trail import Teller, told
from deepspace_core.identity.user import read_name
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import ApiKeyId, ProjectId, TraceId, UserId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key and its secret, which is nowhere else and never again."""

    key: ApiKey
    secret: Secret


class KeyLimiting(Protocol):
    """Sets the limits of a key, in the transaction that makes or changes it. Policy does it, in core."""

    async def limit(
        self, tx: Transaction, key: ApiKey, limits: Sequence[KeyLimit], *, principal: Principal, trace_id: TraceId
    ) -> None:
        """The key has these and no others of the organization's afterwards. Raises InvalidInput."""
        ...


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    """Makes an API key. Its scopes and models can't exceed what its maker may do.

    A limit of its own can only lower what the organization sets for each key; whoever sets one needs the permission
    for limits.
    """

    unit_of_work: UnitOfWork
    projects: Projects
    api_keys: ApiKeys
    key_limiting: KeyLimiting
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        principal: Principal,
        name: str,
        trace_id: TraceId,
        scopes: Iterable[Permission] = (Permission.USE_MODELS,),
        project_id: ProjectId | None = None,
        model_allow_list: Iterable[str] | None = None,
        expires_at: datetime | None = None,
        limits: Sequence[KeyLimit] = (),
    ) -> NewApiKey:
        """`project_id` None: good for the whole organization.

        Raises PermissionMissing, InvalidInput naming the field, NotFound (project_id) or ProjectArchived.
        """
        principal.require(Permission.CREATE_API_KEYS)
        if limits:
            check_limits(principal, limits)
        wanted = frozenset(scopes)
        check_scopes(principal, wanted)
        models = read_model_allow_list(model_allow_list)
        check_models(principal, models)
        now = self.clock.now()
        secret, prefix = api_key_secret(self.ids.secret())
        key = ApiKey(
            id=ApiKeyId(self.ids.uuid()),
            org_id=principal.org_id,
            name=read_name(name, param="name", chars_max=API_KEY_NAME_CHARS_MAX),
            prefix=prefix,
            sha256=secret.sha256(),
            scopes=wanted,
            created_by=principal.user_id,
            created_at=now,
            project_id=project_id,
            model_allow_list=models,
            expires_at=read_expiry(expires_at, now=now),
        )
        async with self.unit_of_work() as tx:
            if project_id is not None:
                project = await self.projects.get(tx, principal.org_id, project_id)
                if project.archived_at is not None:
                    raise ProjectArchived("this project is archived; choose another", param="project_id")
            await self.api_keys.add(tx, key)
            await self.key_limiting.limit(tx, key, limits, principal=principal, trace_id=trace_id)
            event = key_event(self, principal, key, event_type="api_key.created", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return NewApiKey(key, secret)


@dataclass(frozen=True, slots=True)
class ListApiKeys:
    """Newest first, of the organization or of one project."""

    unit_of_work: UnitOfWork
    api_keys: ApiKeys

    async def __call__(
        self,
        *,
        principal: Principal,
        page: PageRequest,
        project_id: ProjectId | None = None,
        with_revoked: bool = True,
    ) -> Page[ApiKey]:
        """Raises PermissionMissing."""
        principal.require(Permission.CREATE_API_KEYS)
        async with self.unit_of_work() as tx:
            return await self.api_keys.list(
                tx,
                principal.org_id,
                page,
                project_id=project_id,
                created_by=_own_only(principal),
                with_revoked=with_revoked,
            )


@dataclass(frozen=True, slots=True)
class GetApiKey:
    """One API key, without its secret."""

    unit_of_work: UnitOfWork
    api_keys: ApiKeys

    async def __call__(self, *, principal: Principal, api_key_id: ApiKeyId) -> ApiKey:
        """Raises PermissionMissing, or NotFound (for another's key too, when the caller may see own ones only)."""
        principal.require(Permission.CREATE_API_KEYS)
        async with self.unit_of_work() as tx:
            key = await self.api_keys.get(tx, principal.org_id, api_key_id)
        return within_reach(principal, key)


@dataclass(frozen=True, slots=True)
class RotateApiKey:
    """Gives a key a new secret; the one before works for `overlap_seconds` more."""

    unit_of_work: UnitOfWork
    api_keys: ApiKeys
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self, *, principal: Principal, api_key_id: ApiKeyId, trace_id: TraceId, overlap_seconds: int = 0
    ) -> NewApiKey:
        """Raises PermissionMissing, NotFound, InvalidInput (overlap_seconds) or KeyOver."""
        principal.require(Permission.CREATE_API_KEYS)
        overlap = read_overlap(overlap_seconds)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            key = within_reach(principal, await self.api_keys.lock(tx, principal.org_id, api_key_id))
            require_alive(key, now=now, verb="rotated")
            # Whoever rotates learns the secret, so it may not open more to them than they have.
            check_scopes(principal, key.scopes)
            check_models(principal, key.model_allow_list)
            secret, prefix = api_key_secret(self.ids.secret())
            rotated = rotate_api_key(key, secret=secret, prefix=prefix, overlap=overlap, now=now)
            await self.api_keys.save(tx, rotated)
            await self.events.append(
                tx, key_event(self, principal, rotated, event_type="api_key.rotated", trace_id=trace_id)
            )
            await tx.commit()
        return NewApiKey(rotated, secret)


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """Ends a key, both its secrets, for good. Revoking a revoked one changes nothing."""

    unit_of_work: UnitOfWork
    api_keys: ApiKeys
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self, *, principal: Principal, api_key_id: ApiKeyId, trace_id: TraceId, reason: str = ""
    ) -> ApiKey:
        """`reason`, where one is given, stands in the trail. Raises PermissionMissing or NotFound."""
        principal.require(Permission.CREATE_API_KEYS)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            key = within_reach(principal, await self.api_keys.lock(tx, principal.org_id, api_key_id))
            if key.revoked_at is not None:
                return key
            revoked = replace(key, revoked_at=now)
            await self.api_keys.save(tx, revoked)
            event = key_event(self, principal, revoked, event_type="api_key.revoked", trace_id=trace_id)
            if reason:
                event = replace(event, payload={**event.payload, "reason": reason})
            await self.events.append(tx, event)
            await tx.commit()
        return revoked


def require_alive(key: ApiKey, *, now: datetime, verb: str) -> None:
    """Raises KeyOver for a key that is revoked or expired, saying what can't be done to it."""
    if key.revoked_at is not None:
        raise KeyOver(f"a revoked key can't be {verb}; create another", param="api_key_id")
    if key.expires_at is not None and now >= key.expires_at:
        raise KeyOver(f"an expired key can't be {verb}; create another", param="api_key_id")


def check_scopes(principal: Principal, scopes: frozenset[Permission]) -> None:
    """Raises InvalidInput for none at all, or PermissionMissing for one that the maker of the key does not have."""
    if not scopes:
        raise InvalidInput("scopes must name at least one permission", param="scopes")
    for scope in sorted(scopes - principal.permissions, key=lambda one: one.value):
        raise PermissionMissing(
            f"you can't put {scope.value} into a key, for you don't have it yourself",
            param="scopes",
            permission=scope.value,
        )


def check_limits(principal: Principal, limits: Sequence[KeyLimit]) -> None:
    """Raises PermissionMissing, or InvalidInput for too many or two of one kind."""
    principal.require(Permission.MANAGE_POLICY)
    if len({(limit.metric, limit.window_seconds) for limit in limits}) < len(limits) or len(limits) > KEY_LIMITS_MAX:
        raise InvalidInput(f"limits takes at most {KEY_LIMITS_MAX}, and one for each metric and window", param="limits")


def check_models(principal: Principal, models: frozenset[str] | None) -> None:
    """Raises PermissionMissing where a key would open models that whoever gives them may not use."""
    allowed = principal.model_allow_list
    if allowed is not None and (models is None or models - allowed):
        raise PermissionMissing(
            f"you can't open other models to a key than you may use yourself: {', '.join(sorted(allowed)) or 'none'}",
            param="model_allow_list",
        )


def _own_only(principal: Principal) -> UserId | None:
    return None if principal.may(Permission.MANAGE_API_KEYS) else principal.user_id


def within_reach(principal: Principal, key: ApiKey) -> ApiKey:
    """The key itself. Raises NotFound where it is another's and the caller may see own ones only."""
    own = _own_only(principal)
    if own is not None and key.created_by != own:
        raise NotFound("there is no such API key of yours", param="api_key_id")
    return key


def key_event(teller: Teller, principal: Principal, key: ApiKey, *, event_type: str, trace_id: TraceId) -> Event:
    """That something was done to the key."""
    return told(
        teller.ids,
        now=teller.clock.now(),
        event_type=event_type,
        org_id=key.org_id,
        actor=principal.actor,
        subject=show_id("api_key", key.id),
        trace_id=trace_id,
        payload={"name": key.name, "prefix": key.prefix, "scopes": sorted(scope.value for scope in key.scopes)},
    )
