"""The boundary of billing and governance: it owns the wallet, the members and everything below."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from deepspace_core.identity.principal import OnAbort, Role
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, UserId

OrganizationKind: TypeAlias = Literal["personal", "team"]

ORGANIZATION_NAME_CHARS_MAX = 120
REASON_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant. `kind` "personal" is the one made at registration; its person stays its owner."""

    id: OrgId
    name: str
    kind: OrganizationKind
    created_at: datetime
    on_abort: OnAbort = "drain"
    suspended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A user's place in an organization."""

    org_id: OrgId
    user_id: UserId
    role: Role
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MemberProfile:
    """A member as the list of members shows them."""

    member: Member
    email: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Membership:
    """One of a user's organizations, and what they are in it."""

    organization: Organization
    role: Role


def read_role(text: str) -> Role:
    """Raises InvalidInput naming the four roles."""
    try:
        return Role(text)
    except ValueError:
        names = ", ".join(role.value for role in Role)
        raise InvalidInput(f"role must be one of {names}", param="role") from None


def read_on_abort(text: str) -> OnAbort:
    """Raises InvalidInput naming the two policies."""
    for policy in get_args(OnAbort):
        if text == policy:
            known: OnAbort = policy
            return known
    raise InvalidInput("on_abort must be drain or cancel", param="on_abort")
