"""Both sets of identity's repositories, for the contract suites."""

from datetime import datetime

import pytest

from deepspace_adapters.postgres.api_key import PostgresApiKeys
from deepspace_adapters.postgres.credential import PostgresCredentials
from deepspace_adapters.postgres.invitation import PostgresInvitations
from deepspace_adapters.postgres.organization import PostgresMembers, PostgresOrganizations
from deepspace_adapters.postgres.policy import PostgresPolicies
from deepspace_adapters.postgres.project import PostgresProjects
from deepspace_adapters.postgres.session import PostgresSessions
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork, connection_of
from deepspace_adapters.postgres.user import PostgresLoginAttempts, PostgresUsers
from deepspace_adapters.postgres.workspace import PostgresWorkspaces
from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from tests.core.identity.stores import Stores, memory_stores
from tests.core.identity.world import World

ADAPTERS = ["memory", "postgres"]


class RowOfWallets:
    """The `WalletOpening` port as far as identity can see: a row that has the organization and the id."""

    async def open(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId, now: datetime) -> None:
        await connection_of(tx).execute(
            "INSERT INTO wallets (id, org_id, currency, opened_at, updated_at) VALUES (%s, %s, 'USD', %s, %s)",
            (wallet_id, org_id, now, now),
        )


def postgres_stores(unit_of_work: PostgresUnitOfWork) -> Stores:
    return Stores(
        unit_of_work=unit_of_work,
        users=PostgresUsers(),
        attempts=PostgresLoginAttempts(),
        sessions=PostgresSessions(),
        organizations=PostgresOrganizations(),
        members=PostgresMembers(),
        invitations=PostgresInvitations(),
        workspaces=PostgresWorkspaces(),
        projects=PostgresProjects(),
        api_keys=PostgresApiKeys(),
        credentials=PostgresCredentials(),
        wallets=RowOfWallets(),
        policies=PostgresPolicies(),
    )


def world_on(adapter: str, request: pytest.FixtureRequest) -> World:
    """A fresh world on the adapter; the server starts for "postgres" only."""
    if adapter == "memory":
        return World(memory_stores())
    return World(postgres_stores(request.getfixturevalue("unit_of_work")))
