"""Who may do what."""

import pytest

from deepspace_core.identity import PERMISSIONS_OF, Permission, Principal, Role, SystemActor, require_administrator
from deepspace_core.identity.errors import AdministratorRequired, PermissionMissing, SessionRequired
from deepspace_core.identity.principal import PERMISSIONS_IN_PROJECT
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId, SessionId, UserId, WalletId
from tests.fakes import CountingIds

IDS = CountingIds()
USER, ORG, WALLET, KEY = UserId(IDS.uuid()), OrgId(IDS.uuid()), WalletId(IDS.uuid()), ApiKeyId(IDS.uuid())

TABLE = """
                    owner admin member viewer project
models:use          x     x     x      -      x
chat:use            x     x     x      -      x
organization:read   x     x     x      x      -
organization:manage x     x     -      -      -
members:read        x     x     x      x      -
members:manage      x     x     -      -      -
owners:manage       x     -     -      -      -
workspaces:manage   x     x     -      -      -
projects:read       x     x     x      x      x
projects:manage     x     x     -      -      -
api_keys:create     x     x     x      -      -
api_keys:manage     x     x     -      -      -
wallet:read         x     x     x      x      x
wallet:manage       x     x     -      -      -
usage:read          x     x     x      x      x
audit:read          x     x     -      -      -
policy:manage       x     x     -      -      -
files:read          x     x     x      x      x
files:write         x     x     x      -      x
webhooks:manage     x     x     -      -      -
jobs:read           x     x     x      x      -
jobs:manage         x     x     -      -      -
"""


def principal(**changes: object) -> Principal:
    values: dict[str, object] = {
        "kind": "session",
        "user_id": USER,
        "org_id": ORG,
        "wallet_id": WALLET,
        "permissions": frozenset({Permission.USE_MODELS}),
    }
    return Principal(**{**values, **changes})  # type: ignore[arg-type]


def test_the_permission_table_is_as_written_here() -> None:
    head, *lines = TABLE.strip().splitlines()
    columns = [*(PERMISSIONS_OF[Role(name)] for name in head.split()[:-1]), PERMISSIONS_IN_PROJECT]
    written = {line.split()[0]: line.split()[1:] for line in lines}
    assert written == {
        permission.value: ["x" if permission in column else "-" for column in columns] for permission in Permission
    }


def test_a_missing_permission_is_named() -> None:
    principal().require(Permission.USE_MODELS)
    with pytest.raises(PermissionMissing) as refused:
        principal().require(Permission.MANAGE_MEMBERS)
    assert refused.value.fields == {"permission": "members:manage"}


def test_actors_are_named_for_the_audit_trail() -> None:
    assert principal().actor == f"user:{USER}"
    assert principal(kind="api_key", api_key_id=KEY).actor == f"key:{KEY}"
    assert principal(kind="system", system_name="cli").actor == "system:cli"
    assert SystemActor("cli").actor == "system:cli"
    assert (principal().acting_user_id, SystemActor("cli").acting_user_id) == (USER, None)


def test_only_administrators_administer() -> None:
    require_administrator(SystemActor("cli"))
    require_administrator(principal(is_administrator=True))
    with pytest.raises(AdministratorRequired):
        require_administrator(principal())


def test_an_api_key_is_no_session() -> None:
    session_id = SessionId(IDS.uuid())
    assert principal(session_id=session_id).require_session() == session_id
    with pytest.raises(SessionRequired):
        principal(kind="api_key", api_key_id=KEY).require_session()


def test_a_bound_key_reaches_its_project_only() -> None:
    own, other = ProjectId(IDS.uuid()), ProjectId(IDS.uuid())
    bound = principal(project_id=own, is_project_bound=True)
    bound.require_project(own)
    principal(project_id=own).require_project(other)
    with pytest.raises(NotFound):
        bound.require_project(other)
