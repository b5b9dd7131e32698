"""The ledger alone, as docs/ledger-library.md tells: its programs run as written, and its comforts do what they say."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from deepspace_adapters.postgres.books import PostgresBooks, open_books
from deepspace_core.kernel.errors import Conflict, NotFound, Unavailable
from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.ledger import BudgetWindow
from tests.core.ledger.asking import CAP, ORG, Caller
from tests.fakes import CountingIds, FixedClock
from tests.house.documents import Block, blocks

TIMEOUT_SECONDS = 120
PAGE = "docs/ledger-library.md"
PROGRAMS = [
    (block, printed)
    for block, printed in zip(blocks(), blocks()[1:], strict=False)
    if block.document == PAGE and block.language == "python"
]


@pytest.mark.parametrize(("program", "printed"), PROGRAMS, ids=str)
def test_a_program_of_the_documentation_prints_what_it_says(
    program: Block, printed: Block, database_url: str, tmp_path: Path
) -> None:
    _require_printed(program, printed, [database_url], tmp_path)


def test_the_first_program_brings_its_own_database_when_it_is_given_none(tmp_path: Path) -> None:
    _require_printed(*PROGRAMS[0], [], tmp_path)


def test_the_library_asks_for_no_server_framework_and_no_redis() -> None:
    names = ("litestar", "uvicorn", "redis", "dramatiq", "httpx", "aiohttp", "dependency_injector", "click")
    asked = f"import sys, deepspace_adapters.postgres.books; print([n for n in {names} if n in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


async def test_a_wallet_of_the_same_id_is_opened_once(database_url: str) -> None:
    async with open_books(database_url) as books:
        wallet = await books.open_wallet(org_id=ORG, currency="EUR", credit_limit_nanos=5)
        assert (wallet.currency, wallet.credit_limit_nanos, wallet.version) == ("EUR", 5, 0)
        with pytest.raises(Conflict):
            await books.open_wallet(org_id=ORG, wallet_id=wallet.id)
        assert await books.wallet(org_id=ORG, wallet_id=wallet.id) == wallet


async def test_the_wallet_of_another_organization_is_not_found(database_url: str) -> None:
    async with open_books(database_url) as books:
        wallet = await books.open_wallet(org_id=ORG)
        with pytest.raises(NotFound):
            await books.wallet(org_id=OrgId(UUID(int=99)), wallet_id=wallet.id)


async def test_a_budget_of_the_library_binds_until_it_is_removed(database_url: str) -> None:
    async with open_books(database_url) as books:
        me = await _caller(books)
        await books.ledger.apply(me.top_up("paid", 100))
        await books.set_budget(org_id=ORG, key=CAP, window=BudgetWindow.DAY, cap_nanos=10)
        refused = await books.ledger.apply(me.hold("a", 11))
        await books.remove_budget(org_id=ORG, key=CAP, window=BudgetWindow.DAY)
        accepted = await books.ledger.apply(me.hold("b", 11))
        assert (refused.code, accepted.code) == ("budget_exceeded", "accepted")
        assert (await books.audit()).sound


async def test_keeping_house_writes_down_what_time_has_ended(database_url: str) -> None:
    clock = FixedClock(datetime.now(UTC))  # within the months that migrations have made
    async with open_books(database_url, clock=clock, ids=CountingIds()) as books:
        me = await _caller(books)
        await books.ledger.apply(me.top_up("paid", 100))
        await books.ledger.apply(me.hold("a", 60, seconds=30))
        clock.advance(seconds=31)
        assert await books.keep_house() == 1
        assert await books.keep_house() == 0
        then = await books.balance_at(org_id=ORG, wallet_id=me.wallet_id, at=clock.now())
        assert (then.seq, then.frozen_nanos, then.available_nanos) == (3, 0, 100)


async def test_books_of_a_database_that_is_away_are_not_opened() -> None:
    with pytest.raises(Unavailable):
        async with open_books("postgresql://nobody@/nothing?host=/nowhere"):
            pass


async def _caller(books: PostgresBooks) -> Caller:
    wallet = await books.open_wallet(org_id=ORG, wallet_id=WalletId(UUID(int=11)))
    return Caller(org_id=wallet.org_id, wallet_id=wallet.id, caps=(CAP,))


def _require_printed(program: Block, printed: Block, arguments: list[str], directory: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", program.body, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert printed.language == "text"
    assert ran.stdout.splitlines() == printed.body.splitlines()
