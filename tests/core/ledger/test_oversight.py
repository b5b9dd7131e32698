"""What administrators see of all wallets at once, and the audit that is written down."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

import pytest

from deepspace_adapters.memory.audit import MemoryEventLog
from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.identity import MemoryOrganizations
from deepspace_adapters.memory.ledger_reader import MemoryLedgerReader
from deepspace_adapters.memory.unit_of_work import Table
from deepspace_core.identity import Actor, Organization
from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.kernel.ids import EventId, JobId, TraceId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.ledger import AuditLedger, BudgetWindow, TransactionType, oversight_use_cases
from deepspace_core.ledger.budget import Budget, line_of
from deepspace_core.ledger.metering_use_cases import AuditBooks
from deepspace_core.ledger.oversight_use_cases import (
    ListAllBudgets,
    ListAllTransactions,
    ListWallets,
    RecordAudit,
    TotalTransactions,
    TotalWallets,
)
from deepspace_core.ledger.ports import TransactionFilter, WalletFilter, WalletSort
from deepspace_core.pricing import cost_again
from tests.core.ledger.asking import CAP, ORG, OTHER_ORG
from tests.core.ledger.auditorium import ROWS, WALLETS, Auditorium
from tests.core.ledger.desks import OPERATOR
from tests.fakes import NOON

READER, PAGE, ANY = MemoryLedgerReader(), PageRequest(limit=2), TransactionFilter()
TOP_UPS = TransactionFilter(types=[TransactionType.TOP_UP])
Asked: TypeAlias = Callable[[Auditorium, Actor], Awaitable[object]]


@pytest.fixture
async def hall() -> Auditorium:
    made = Auditorium()
    await made.fill()
    async with made.desks.unit_of_work() as tx:
        for org_id, name in ((ORG, "Comet"), (OTHER_ORG, "Nova")):
            await MemoryOrganizations().add(tx, Organization(org_id, name, "team", NOON))
        await tx.commit()
    return made


async def test_wallets_are_listed_as_asked_for(hall: Auditorium) -> None:
    me = hall.callers[1]
    await hall.desks.ledger.apply(me.top_up("more", 5))
    list_wallets = ListWallets(hall.desks.unit_of_work, READER)
    page = await list_wallets(
        actor=OPERATOR, page=PAGE, where=WalletFilter(search="com"), sort=WalletSort.HIGHEST_BALANCE
    )
    assert [one.wallet.id for one in page.rows] == [me.wallet_id, hall.callers[2].wallet_id]
    assert page.next_cursor == hall.callers[2].wallet_id.hex
    [rest] = (
        await list_wallets(
            actor=OPERATOR,
            page=PageRequest(limit=2, after=hall.callers[2].wallet_id),
            where=WalletFilter(search="com"),
            sort=WalletSort.HIGHEST_BALANCE,
        )
    ).rows
    assert (rest.org_name, rest.wallet.id) == ("Comet", hall.callers[0].wallet_id)


async def test_wallets_are_added_up(hall: Auditorium) -> None:
    total = TotalWallets(hall.desks.unit_of_work, READER)
    [everybody] = await total(actor=OPERATOR, where=WalletFilter())
    assert (everybody.currency, everybody.wallets, everybody.balance_nanos, everybody.frozen_nanos) == (
        "USD",
        WALLETS,
        96 * WALLETS,
        30 * WALLETS,
    )
    [nova] = await total(actor=OPERATOR, where=WalletFilter(search="nova"))
    assert nova.wallets == 1


async def test_movements_of_everybody_or_of_one_are_listed_and_added_up(hall: Auditorium) -> None:
    unit_of_work = hall.desks.unit_of_work
    list_all, total = ListAllTransactions(unit_of_work, READER), TotalTransactions(unit_of_work, READER)
    everybody = await list_all(actor=OPERATOR, org_id=None, page=PAGE, where=TOP_UPS)
    assert [row.ref for row in everybody.rows] == ["paid 4", "paid 3"]
    mine = await list_all(actor=OPERATOR, org_id=ORG, page=PAGE, where=TOP_UPS)
    assert [row.ref for row in mine.rows] == ["paid 3", "paid 2"]
    [paid] = await total(actor=OPERATOR, org_id=OTHER_ORG, where=TOP_UPS)
    assert (paid.type, paid.count, paid.amount_nanos) == (TransactionType.TOP_UP, 1, 100)
    sums = {one.type: one.count for one in await total(actor=OPERATOR, org_id=None, where=ANY)}
    assert sums == {
        TransactionType.CAPTURE: WALLETS,
        TransactionType.HOLD: 5 * WALLETS,
        TransactionType.RELEASE: WALLETS,
        TransactionType.TOP_UP: WALLETS,
    }


async def test_the_fullest_budgets_come_first_in_the_period_that_is_now(
    hall: Auditorium, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, now = hall.callers[0], hall.desks.clock.now()
    daily = Budget(me.org_id, me.wallet_id, CAP, BudgetWindow.DAY, 10, now.date(), now)
    async with hall.desks.unit_of_work() as tx:
        await MemoryBudgets().put_budget(tx, daily, line=line_of(daily, now, used_nanos=4, reserved_nanos=0))
        await tx.commit()
    hall.desks.clock.advance(timedelta(days=1))
    list_budgets = ListAllBudgets(hall.desks.unit_of_work, MemoryBudgets(), hall.desks.clock)
    fullest, *rest = await list_budgets(actor=OPERATOR, org_id=None)
    assert (fullest.line.window, fullest.line.used_nanos) == (BudgetWindow.DAY, 0)
    assert fullest.line.starts_on == now.date() + timedelta(days=1)
    assert len(rest) == WALLETS
    assert [one.org_id for one in await list_budgets(actor=OPERATOR, org_id=OTHER_ORG)] == [OTHER_ORG]
    monkeypatch.setattr(oversight_use_cases, "BUDGETS_LISTED_MAX", 3)
    assert len(await list_budgets(actor=OPERATOR, org_id=None)) == 3


OVERSIGHT: list[Asked] = [
    lambda hall, actor: ListWallets(hall.desks.unit_of_work, READER)(
        actor=actor, page=PAGE, where=WalletFilter(), sort=WalletSort.NEWEST
    ),
    lambda hall, actor: TotalWallets(hall.desks.unit_of_work, READER)(actor=actor, where=WalletFilter()),
    lambda hall, actor: ListAllTransactions(hall.desks.unit_of_work, READER)(
        actor=actor, org_id=None, page=PAGE, where=ANY
    ),
    lambda hall, actor: TotalTransactions(hall.desks.unit_of_work, READER)(actor=actor, org_id=None, where=ANY),
    lambda hall, actor: ListAllBudgets(hall.desks.unit_of_work, MemoryBudgets(), hall.desks.clock)(
        actor=actor, org_id=None
    ),
]


@pytest.mark.parametrize("asked", OVERSIGHT)
async def test_only_administrators_see_everybody(hall: Auditorium, asked: Asked) -> None:
    await hall.desks.open()
    with pytest.raises(AdministratorRequired):
        await asked(hall, hall.desks.owner)


async def test_an_audit_is_written_down_with_what_it_found(hall: Auditorium, monkeypatch: pytest.MonkeyPatch) -> None:
    def off_by_one(table: Table) -> None:
        for key, wallet in table.items():
            table[key] = replace(wallet, balance_nanos=wallet.balance_nanos + 1)

    await hall.call(hall.callers[0], "x")
    await hall.tamper("wallets", off_by_one)
    monkeypatch.setattr(oversight_use_cases, "FINDINGS_TOLD_MAX", 2)
    desks = hall.desks
    record = RecordAudit(
        AuditBooks(AuditLedger(hall.reader, desks.unit_of_work), hall.reader, desks.unit_of_work, cost_again),
        desks.unit_of_work,
        MemoryEventLog(desks.clock),
        desks.clock,
    )
    queued_at = desks.clock.now() - timedelta(minutes=3)
    job_id, trace_id = JobId(UUID(int=9)), TraceId("9" * 32)
    for _ in range(2):  # as of a worker that was killed after it told
        report = await record(job_id=job_id, queued_at=queued_at, trace_id=trace_id)
    [event] = await desks.events()
    assert (event.id, event.at, event.trace_id) == (EventId(job_id), queued_at, trace_id)
    assert (event.event_type, event.org_id, event.actor, event.subject) == (
        "ledger.audited",
        None,
        "system:ledger",
        "ledger",
    )
    found = [{"invariant": one.invariant, "where": one.where, "message": one.message} for one in report.findings[:2]]
    assert event.payload == {
        "sound": False,
        "wallets": WALLETS,
        "holds": 5 * WALLETS + 1,
        "rows": ROWS * WALLETS + 2,
        "roots": 4 * WALLETS + 2,
        "budgets": WALLETS,
        "calls": 1,
        "findings": len(report.findings),
        "first_findings": found,
        "trial_balance": [
            {"currency": "USD", "account": one.account.value, "balance_nanos": one.balance_nanos}
            for one in report.trial_balance
        ],
        "finished_at": desks.clock.now().isoformat(),
    }
    assert len(report.findings) == WALLETS + 1
