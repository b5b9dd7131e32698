"""What administrators see and do across organizations: act in one, list all keys, and read ids as names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from deepspace_core.identity.admission import admit_administrator
from deepspace_core.identity.api_key import ApiKey
from deepspace_core.identity.ports import ApiKeyFilters, ApiKeys, Credentials, Organizations, Projects, Users
from deepspace_core.identity.principal import Actor, Principal, require_administrator
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.ids import PREFIXES, OrgId, read_id, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

NAMES_MAX = 200
"""Ids that are named at once: as many as a page has rows."""


@dataclass(frozen=True, slots=True)
class ActForOrganization:
    """An administrator's principal in any organization: what its owner may do, under the administrator's own name."""

    unit_of_work: UnitOfWork
    credentials: Credentials

    async def __call__(self, *, administrator: Principal, org_id: OrgId) -> Principal:
        """Raises AdministratorRequired, NotFound or WalletMissing."""
        require_administrator(administrator)
        async with self.unit_of_work() as tx:
            facts = await self.credentials.find_organization(tx, org_id, project_id=None)
        if facts is None:
            raise NotFound("there is no such organization", param="org_id")
        return admit_administrator(facts, administrator)


@dataclass(frozen=True, slots=True)
class ListAllApiKeys:
    """The API keys of every organization, or of one, newest first."""

    unit_of_work: UnitOfWork
    api_keys: ApiKeys
    clock: Clock

    async def __call__(self, *, actor: Actor, page: PageRequest, filters: ApiKeyFilters) -> Page[ApiKey]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.api_keys.list_all(tx, page, filters, now=self.clock.now())


@dataclass(frozen=True, slots=True)
class LookUpNames:
    """What people call the things whose ids stand in a list: organizations, users, projects, API keys."""

    unit_of_work: UnitOfWork
    organizations: Organizations
    users: Users
    projects: Projects
    api_keys: ApiKeys

    async def __call__(self, *, actor: Actor, ids: Sequence[str]) -> Mapping[str, str]:
        """From each id that is known to its name; a user's is the address. Raises AdministratorRequired, InvalidInput.

        At most NAMES_MAX ids; those of other nouns, and unknown ones, are left out.
        """
        require_administrator(actor)
        if len(ids) > NAMES_MAX:
            raise InvalidInput(f"at most {NAMES_MAX} ids are named at once, not {len(ids)}", param="id")
        wanted = {noun: _of_noun(noun, ids) for noun in ("org", "user", "project", "api_key")}
        async with self.unit_of_work() as tx:
            found = {
                "org": await self.organizations.names(tx, wanted["org"]),
                "user": await self.users.names(tx, wanted["user"]),
                "project": await self.projects.names(tx, wanted["project"]),
                "api_key": await self.api_keys.names(tx, wanted["api_key"]),
            }
        return {show_id(noun, one): name for noun, names in found.items() for one, name in names.items()}


def _of_noun(noun: str, ids: Sequence[str]) -> Sequence[UUID]:
    return [read_id(noun, text, param="id") for text in ids if text.startswith(f"{PREFIXES[noun]}_")]
