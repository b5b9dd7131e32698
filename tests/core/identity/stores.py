"""The repositories of identity, as one set that an adapter fills."""

from dataclasses import dataclass

from deepspace_adapters.memory.identity import (
    MemoryLoginAttempts,
    MemoryMembers,
    MemoryOrganizations,
    MemorySessions,
    MemoryUsers,
)
from deepspace_adapters.memory.identity_places import (
    MemoryApiKeys,
    MemoryCredentials,
    MemoryProjects,
    MemoryWorkspaces,
)
from deepspace_adapters.memory.invitation import MemoryInvitations
from deepspace_adapters.memory.ledger import MemoryWalletOpening
from deepspace_adapters.memory.policy import MemoryPolicies
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_core.identity import ports as identity
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.policy.ports import PolicyRepository


@dataclass(frozen=True, slots=True)
class Stores:
    """The repositories of one adapter."""

    unit_of_work: UnitOfWork
    users: identity.Users
    attempts: identity.LoginAttempts
    sessions: identity.Sessions
    organizations: identity.Organizations
    members: identity.Members
    invitations: identity.Invitations
    workspaces: identity.Workspaces
    projects: identity.Projects
    api_keys: identity.ApiKeys
    credentials: identity.Credentials
    wallets: identity.WalletOpening
    policies: PolicyRepository


def memory_stores() -> Stores:
    return Stores(
        unit_of_work=MemoryUnitOfWork(MemoryDatabase()),
        users=MemoryUsers(),
        attempts=MemoryLoginAttempts(),
        sessions=MemorySessions(),
        organizations=MemoryOrganizations(),
        members=MemoryMembers(),
        invitations=MemoryInvitations(),
        workspaces=MemoryWorkspaces(),
        projects=MemoryProjects(),
        api_keys=MemoryApiKeys(),
        credentials=MemoryCredentials(),
        wallets=MemoryWalletOpening(),
        policies=MemoryPolicies(),
    )
