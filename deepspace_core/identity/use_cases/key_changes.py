"""Changing what an API key is called, may do and when it ends. Its secret, project and maker stay what they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from deepspace_core.identity.api_key import (
    API_KEY_NAME_CHARS_MAX,
    ApiKey,
    KeyLimit,
    read_expiry,
    read_model_allow_list,
)
from deepspace_core.identity.ports import ApiKeys
from deepspace_core.identity.principal import Permission, Principal
from deepspace_core.identity.use_cases.api_keys import (
    KeyLimiting,
    check_limits,
    check_models,
    check_scopes,
    key_event,
    require_alive,
    within_reach,
)
from deepspace_core.identity.user import read_name
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ApiKeyId, TraceId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class UpdateApiKey:
    """Replaces a key's name, scopes, models and expiry, and its limits where they are given.

    Whoever changes a key adds nothing to it that they have not themselves; what it has already may stay or go.
    Gateways go by it within a second.
    """

    unit_of_work: UnitOfWork
    api_keys: ApiKeys
    key_limiting: KeyLimiting
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        principal: Principal,
        api_key_id: ApiKeyId,
        trace_id: TraceId,
        name: str,
        scopes: Iterable[Permission],
        model_allow_list: Iterable[str] | None,
        expires_at: datetime | None,
        limits: Sequence[KeyLimit] | None = None,
    ) -> ApiKey:
        """`limits` None: they stay. Raises PermissionMissing, NotFound, InvalidInput naming the field, or KeyOver."""
        principal.require(Permission.CREATE_API_KEYS)
        if limits is not None:
            check_limits(principal, limits)
        async with self.unit_of_work() as tx:
            key = within_reach(principal, await self.api_keys.lock(tx, principal.org_id, api_key_id))
            require_alive(key, now=self.clock.now(), verb="changed")
            changed = replace(
                key,
                name=read_name(name, param="name", chars_max=API_KEY_NAME_CHARS_MAX),
                scopes=_scopes(principal, key, frozenset(scopes)),
                model_allow_list=_models(principal, key, read_model_allow_list(model_allow_list)),
                expires_at=self._expiry(key, expires_at),
            )
            if changed != key:
                await self.api_keys.save(tx, changed)
                event = key_event(self, principal, changed, event_type="api_key.updated", trace_id=trace_id)
                told = {**event.payload, **_terms(changed), "before": _terms(key)}
                await self.events.append(tx, replace(event, payload=told))
            if limits is not None:
                await self.key_limiting.limit(tx, changed, limits, principal=principal, trace_id=trace_id)
            await tx.commit()
        return changed

    def _expiry(self, key: ApiKey, wanted: datetime | None) -> datetime | None:
        # An end that stays may be seconds away: whoever renames the key is not told that it is past.
        return wanted if wanted == key.expires_at else read_expiry(wanted, now=self.clock.now())


def _scopes(principal: Principal, key: ApiKey, wanted: frozenset[Permission]) -> frozenset[Permission]:
    if not wanted:
        raise InvalidInput("scopes must name at least one permission", param="scopes")
    if added := wanted - key.scopes:
        check_scopes(principal, added)
    return wanted


def _models(principal: Principal, key: ApiKey, wanted: frozenset[str] | None) -> frozenset[str] | None:
    had = key.model_allow_list
    if wanted is None:
        if had is not None:
            check_models(principal, None)
    elif had is not None:
        check_models(principal, wanted - had)
    return wanted


def _terms(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "scopes": sorted(scope.value for scope in key.scopes),
        "model_allow_list": None if key.model_allow_list is None else sorted(key.model_allow_list),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
    }
