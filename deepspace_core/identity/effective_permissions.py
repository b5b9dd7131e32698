"""What somebody may really do in an organization, permission by permission, and where each one comes from.

The verdict is the `Principal`'s that admission made (admission.py): the code that decides calls decides here too. What
stands beside it, role, scopes and project, explains the verdict and never makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.identity.principal import PERMISSIONS_IN_PROJECT, PERMISSIONS_OF, Permission, Principal, Role
from deepspace_core.kernel.errors import DeepSpaceError


@dataclass(frozen=True, slots=True)
class EffectivePermission:
    """One permission. `by_scope` is None where no key is asked about, `in_project` where nothing binds to a project."""

    permission: Permission
    by_role: bool
    by_scope: bool | None
    in_project: bool | None
    allowed: bool


@dataclass(frozen=True, slots=True)
class EffectivePermissions:
    """All of them. `refusal` says why not even the first step is allowed; then nothing is."""

    role: Role | None
    member: bool
    refusal: DeepSpaceError | None
    rows: Sequence[EffectivePermission]


def effective_permissions(
    admitted: Principal | None, *, role: Role | None, scopes: frozenset[Permission] | None, is_project_bound: bool
) -> Sequence[EffectivePermission]:
    """Every permission there is, in the table's order. `admitted` None: refused altogether."""
    held = frozenset() if role is None else PERMISSIONS_OF[role]
    return [
        EffectivePermission(
            permission=one,
            by_role=one in held,
            by_scope=None if scopes is None else one in scopes,
            in_project=one in PERMISSIONS_IN_PROJECT if is_project_bound else None,
            allowed=admitted is not None and admitted.may(one),
        )
        for one in Permission
    ]
