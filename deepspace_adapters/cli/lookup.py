"""From what a person types to what a use case wants: ids in edge form, or names, addresses and prefixes that fit one.

Names are looked for page by page up to a bound, which an installation that has outgrown it meets with ids.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

import click

from deepspace_adapters.cli.application import Application
from deepspace_core.catalogue import Model, ModelFilters
from deepspace_core.identity.api_key import ApiKey
from deepspace_core.identity.organization import Organization
from deepspace_core.identity.principal import Principal, SystemActor
from deepspace_core.identity.project import Project
from deepspace_core.identity.user import User
from deepspace_core.kernel.errors import Conflict, InvalidInput, NotFound
from deepspace_core.kernel.ids import PREFIXES, ApiKeyId, ModelId, OrgId, ProjectId, UserId, read_id, show_id
from deepspace_core.kernel.page import PAGE_SIZE_MAX, Page, PageRequest

ACTOR_NAME = "cli"
OPERATOR = SystemActor(ACTOR_NAME)
"""Who the command acts as where no organization is concerned."""

LOOKUP_PAGES_MAX = 50

Item = TypeVar("Item")

org_option = click.option(
    "--org", metavar="ORG", help="The organization: its id or its name. Needed once there are several."
)
project_option = click.option("--project", metavar="PROJECT", help="The project: its id or its name.")


async def find_organization(app: Application, text: str | None) -> Organization:
    """The organization of that id or name; without a text, the only one. Raises NotFound, Conflict, InvalidInput."""
    if text is not None and _is_id("org", text):
        principal = await _enter(app, OrgId(read_id("org", text, param="org")))
        return await app.get_organization(principal=principal)
    found = await _all(lambda page: app.list_all_organizations(actor=OPERATOR, page=page))
    if text is None:
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotFound("there is no organization yet; `deepspace user create` makes one with its user", param="org")
        raise InvalidInput(
            f"there are {len(found)} organizations; name one with --org (deepspace org list)", param="org"
        )
    named = [one for one in found if one.name.casefold() == text.casefold()]
    return _only(named, "org", text, show=lambda one: show_id("org", one.id))


async def enter(app: Application, org: str | None, project: str | None = None) -> Principal:
    """The command's principal in an organization and, where one is named, a project."""
    principal = await _enter(app, (await find_organization(app, org)).id)
    if project is None:
        return principal
    found = await find_project(app, principal, project)
    return await _enter(app, principal.org_id, found.id)


async def find_user(app: Application, text: str) -> User:
    """The user of that id or e-mail address. Raises NotFound or InvalidInput."""
    if _is_id("user", text):
        return await app.get_user(actor=OPERATOR, user_id=UserId(read_id("user", text, param="user")))
    return await app.get_user_by_email(actor=OPERATOR, email=text)


async def find_project(app: Application, principal: Principal, text: str) -> Project:
    """The project of that id or name in the principal's organization. Raises NotFound or Conflict."""
    if _is_id("project", text):
        project_id = ProjectId(read_id("project", text, param="project"))
        return await app.get_project(principal=principal, project_id=project_id)
    found = await _all(lambda page: app.list_projects(principal=principal, page=page))
    named = [one for one in found if one.name.casefold() == text.casefold()]
    return _only(named, "project", text, show=lambda one: show_id("project", one.id))


async def find_key(app: Application, principal: Principal, text: str) -> ApiKey:
    """The API key of that id, prefix or name in the principal's organization. Raises NotFound or Conflict."""
    if _is_id("api_key", text):
        api_key_id = ApiKeyId(read_id("api_key", text, param="key"))
        return await app.get_api_key(principal=principal, api_key_id=api_key_id)
    found = await _all(lambda page: app.list_api_keys(principal=principal, page=page))
    named = [one for one in found if text in {one.prefix, one.name}]
    return _only(named, "key", text, show=lambda one: show_id("api_key", one.id))


async def find_model(app: Application, text: str) -> Model:
    """The model of that id or name. Raises NotFound."""
    if _is_id("model", text):
        return await app.get_model(actor=OPERATOR, model_id=ModelId(read_id("model", text, param="model")))
    found = await _all(lambda page: app.list_models(actor=OPERATOR, page=page, filters=ModelFilters()))
    return _only([one for one in found if one.name == text], "model", text, show=lambda one: show_id("model", one.id))


async def _enter(app: Application, org_id: OrgId, project_id: ProjectId | None = None) -> Principal:
    return await app.authenticate_system(name=ACTOR_NAME, org_id=org_id, project_id=project_id)


async def _all(list_page: Callable[[PageRequest], Awaitable[Page[Item]]]) -> Sequence[Item]:
    rows: list[Item] = []
    after: UUID | None = None
    for _ in range(LOOKUP_PAGES_MAX):
        page = await list_page(PageRequest(limit=PAGE_SIZE_MAX, after=after))
        rows += page.rows
        if page.next_cursor is None:
            return rows
        after = UUID(hex=page.next_cursor)
    raise Conflict(f"more than {len(rows)} to look through for a name; use the id")


def _only(found: Sequence[Item], noun: str, text: str, *, show: Callable[[Item], str]) -> Item:
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(f"there is no {noun} {text!r}; `deepspace {noun} list` shows them", param=noun)
    ids = ", ".join(show(one) for one in found)
    raise Conflict(f"{len(found)} have the name {text!r}: use one of the ids {ids}", param=noun)


def _is_id(noun: str, text: str) -> bool:
    return text.startswith(f"{PREFIXES[noun]}_")
