"""Asking what a person may do in an organization, as themselves or through an API key, before or after a change."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from deepspace_core.identity.admission import KeyFacts, OrganizationFacts, SessionFacts, admit_key, admit_session
from deepspace_core.identity.effective_permissions import EffectivePermissions, effective_permissions
from deepspace_core.identity.ports import ApiKeys, Credentials, Members, Organizations, Users
from deepspace_core.identity.principal import Actor, Permission, Principal, Role, require_administrator
from deepspace_core.identity.session import ACCESS_LIFETIME
from deepspace_core.identity.use_cases.api_keys import check_scopes
from deepspace_core.identity.user import User
from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput, NotFound
from deepspace_core.kernel.ids import ApiKeyId, OrgId, SessionId, UserId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class Supposition:
    """What the preview supposes beside what is stored.

    `role`: that the user were this in the organization. `scopes`: that they made a key with these, bound to a project
    or not. None supposes nothing.
    """

    role: Role | None = None
    scopes: frozenset[Permission] | None = None
    is_project_bound: bool = False


NOTHING = Supposition()


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of a person in an organization, and of one key of theirs."""

    user: User
    role: Role | None
    place: OrganizationFacts | None
    key: KeyFacts | None


@dataclass(frozen=True, slots=True)
class PreviewPermissions:
    """Every permission of a user in an organization: a session's, a stored key's, or those of a key only thought of."""

    unit_of_work: UnitOfWork
    users: Users
    organizations: Organizations
    members: Members
    api_keys: ApiKeys
    credentials: Credentials
    clock: Clock

    async def __call__(
        self,
        *,
        actor: Actor,
        user_id: UserId,
        org_id: OrgId,
        api_key_id: ApiKeyId | None = None,
        supposed: Supposition = NOTHING,
    ) -> EffectivePermissions:
        """Raises AdministratorRequired, NotFound (user, organization, key), or InvalidInput for a key and scopes."""
        require_administrator(actor)
        if api_key_id is not None and supposed != NOTHING:
            raise InvalidInput(
                "ask about a stored key as it is; role and scopes are for what is only thought of", param="api_key_id"
            )
        async with self.unit_of_work() as tx:
            known = await self._known(tx, user_id, org_id, api_key_id)
        role, now = supposed.role or known.role, self.clock.now()
        scopes = supposed.scopes if known.key is None else known.key.scopes
        bound = supposed.is_project_bound if known.key is None else known.key.is_project_bound
        principal, refusal = _tried(lambda: _admitted(known, role=role, supposed=supposed, now=now))
        rows = effective_permissions(principal, role=role, scopes=scopes, is_project_bound=bound)
        return EffectivePermissions(role=role, member=known.role is not None, refusal=refusal, rows=rows)

    async def _known(self, tx: Transaction, user_id: UserId, org_id: OrgId, api_key_id: ApiKeyId | None) -> _Known:
        user = await self.users.get(tx, user_id)
        await self.organizations.get(tx, org_id)
        facts = await self.credentials.find_organization(tx, org_id, project_id=None)
        key = None if api_key_id is None else await self._key(tx, user_id, org_id, api_key_id)
        place = None if facts is None else facts.place
        return _Known(user, await self._role(tx, user_id, org_id), place, key)

    async def _role(self, tx: Transaction, user_id: UserId, org_id: OrgId) -> Role | None:
        try:
            return (await self.members.get(tx, org_id, user_id)).role
        except NotFound:
            return None

    async def _key(self, tx: Transaction, user_id: UserId, org_id: OrgId, api_key_id: ApiKeyId) -> KeyFacts | None:
        key = await self.api_keys.get(tx, org_id, api_key_id)
        if key.created_by != user_id:
            raise NotFound("this user made no such API key in this organization", param="api_key_id")
        return await self.credentials.find_key(tx, key.sha256)


def _tried(admit: Callable[[], Principal]) -> tuple[Principal | None, DeepSpaceError | None]:
    try:
        return admit(), None
    except DeepSpaceError as refusal:
        return None, refusal


def _admitted(known: _Known, *, role: Role | None, supposed: Supposition, now: datetime) -> Principal:
    """By the very functions that admit calls."""
    if known.key is not None:
        return admit_key(known.key, now=now)
    user, place = known.user, known.place
    session = SessionFacts(
        session_id=SessionId(user.id),
        user_id=user.id,
        user_disabled_at=user.disabled_at,
        is_administrator=user.is_administrator,
        access_expires_at=now + ACCESS_LIFETIME,
        revoked_at=None,
        role=role,
        place=place,
    )
    principal = admit_session(session, project_id=None, now=now)
    if supposed.scopes is None or place is None:
        return principal
    principal.require(Permission.CREATE_API_KEYS)
    check_scopes(principal, supposed.scopes)
    return admit_key(_thought_of(principal, place, supposed, role=role, scopes=supposed.scopes), now=now)


def _thought_of(
    maker: Principal,
    place: OrganizationFacts,
    supposed: Supposition,
    *,
    role: Role | None,
    scopes: frozenset[Permission],
) -> KeyFacts:
    return KeyFacts(
        place=replace(place, project_archived_at=None),
        api_key_id=ApiKeyId(maker.user_id),
        user_id=maker.user_id,
        user_disabled_at=None,
        maker_role=role,
        scopes=scopes,
        is_project_bound=supposed.is_project_bound,
        model_allow_list=None,
        expires_at=None,
        revoked_at=None,
        last_used_at=None,
    )
