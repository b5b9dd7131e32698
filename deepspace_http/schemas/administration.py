"""Wire types of what administrators do with users and organizations."""

from typing import Annotated

from msgspec import Meta

from deepspace_core.identity.effective_permissions import EffectivePermission, EffectivePermissions
from deepspace_core.identity.principal import PERMISSIONS_IN_PROJECT, PERMISSIONS_OF, Permission, Role
from deepspace_http.schemas.api_keys import Scopes
from deepspace_http.schemas.auth import Password
from deepspace_http.schemas.wire import Reason, RequestBody, ResponseBody


class GrantBody(RequestBody, frozen=True, kw_only=True):
    """Whether the user shall be an administrator of the installation."""

    is_administrator: Annotated[bool, Meta(examples=[True])]
    reason: Reason | None = None


class DisableBody(RequestBody, frozen=True, kw_only=True):
    """Why; it is kept in the audit trail."""

    reason: Reason


class SuspendBody(RequestBody, frozen=True, kw_only=True):
    """Why; it is kept in the audit trail."""

    reason: Reason


class ResetPasswordBody(RequestBody, frozen=True, kw_only=True):
    """The new password. Ends all of the user's sessions."""

    password: Password


Allowed = Annotated[bool, Meta(examples=[True])]


class RoleRowBody(ResponseBody, frozen=True, kw_only=True):
    """One row of the permission table: who holds the permission, and whether it makes sense inside one project."""

    permission: Permission
    roles: Annotated[list[Role], Meta(examples=[["owner", "admin"]])]
    in_project: Allowed


class RolesBody(ResponseBody, frozen=True, kw_only=True):
    """THE permission table: what each role may do. `in_project`: what a key bound to a project keeps of its scopes."""

    roles: Annotated[list[Role], Meta(examples=[["owner", "admin", "member", "viewer"]])]
    permissions: list[RoleRowBody]


class EffectivePermissionBody(ResponseBody, frozen=True, kw_only=True):
    """One permission, and where it comes from. `allowed` is what the gateway would decide; the others explain it."""

    permission: Permission
    allowed: Allowed
    by_role: Allowed
    by_scope: Annotated[bool | None, Meta(description="Null where no key is asked about.", examples=[None])]
    in_project: Annotated[bool | None, Meta(description="Null where nothing binds to a project.", examples=[None])]


class SupposedKeyBody(RequestBody, frozen=True, kw_only=True):
    """A key that is only thought of. `role`: as if the user were that in the organization."""

    scopes: Scopes
    project_bound: Annotated[bool, Meta(examples=[False])] = False
    role: Role | None = None


class RefusalBody(ResponseBody, frozen=True, kw_only=True):
    """Why nothing at all is allowed: what a call would be answered with."""

    code: Annotated[str, Meta(examples=["user_disabled"])]
    message: Annotated[str, Meta(examples=["this user was disabled; ask an administrator of this installation"])]


class EffectivePermissionsBody(ResponseBody, frozen=True, kw_only=True):
    """What a user may do in an organization. `role` is the one supposed, if one was; `member` tells what is stored."""

    role: Role | None
    member: Allowed
    refusal: RefusalBody | None
    permissions: list[EffectivePermissionBody]


def show_roles() -> RolesBody:
    """The permission table, read from where it is enforced."""
    rows = [
        RoleRowBody(
            permission=one,
            roles=[role for role in Role if one in PERMISSIONS_OF[role]],
            in_project=one in PERMISSIONS_IN_PROJECT,
        )
        for one in Permission
    ]
    return RolesBody(roles=list(Role), permissions=rows)


def show_effective_permissions(found: EffectivePermissions) -> EffectivePermissionsBody:
    """The wire form."""
    refusal = found.refusal
    return EffectivePermissionsBody(
        role=found.role,
        member=found.member,
        refusal=None if refusal is None else RefusalBody(code=refusal.code, message=refusal.message),
        permissions=[_show_permission(row) for row in found.rows],
    )


def _show_permission(row: EffectivePermission) -> EffectivePermissionBody:
    return EffectivePermissionBody(
        permission=row.permission,
        allowed=row.allowed,
        by_role=row.by_role,
        by_scope=row.by_scope,
        in_project=row.in_project,
    )


class NamesBody(ResponseBody, frozen=True, kw_only=True):
    """From id to name."""

    names: Annotated[dict[str, str], Meta(examples=[{"org_0198c0ffee007abc8def0123456789ab": "Research"}])]
