"""Months, sums that must agree, and the very text of a statement."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from deepspace_core.identity import Language
from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ProjectId, show_id
from deepspace_core.ledger import BalanceAt, TransactionType
from deepspace_core.ledger import statement_use_cases as use_cases
from deepspace_core.ledger.statement import ENTRY_TYPES, Movement, Spending, Statement, read_month
from deepspace_core.ledger.statement_text import as_csv, as_markdown
from deepspace_core.ledger.statement_use_cases import StateAnyMonth
from deepspace_core.ledger.statement_words import WORDS
from tests.core.ledger.asking import ORG, WALLET, Caller
from tests.core.ledger.desks import OPERATOR, Desks
from tests.core.ledger.shelf import Shelf
from tests.fakes import NOON

PROJECT = ProjectId(UUID(int=0xC))
NANOS = 1_000_000_000
WHOSE = f"Organization `{show_id('org', ORG)}`, wallet `{show_id('wallet', WALLET)}`"


@pytest.mark.parametrize(
    ("text", "zone", "since", "until"),
    [
        ("2026-11", "UTC", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12", "UTC", datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-01", "UTC", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        ("2026-03", "Europe/Berlin", datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC)),
        ("0001-01", "UTC", datetime(1, 1, 1, tzinfo=UTC), datetime(1, 2, 1, tzinfo=UTC)),
    ],
)
def test_a_month_is_a_span_of_utc(text: str, zone: str, since: datetime, until: datetime) -> None:
    month = read_month(text, zone)
    assert (month.text, month.time_zone, month.since, month.until) == (text, zone, since, until)
    # UTC itself, and not a zone of the machine's that happens to be at the same time.
    assert all(moment.tzinfo is UTC for moment in (month.since, month.until))


NO_MONTH = [
    ("2026-1", "month must look like 2026-11, not '2026-1'"),
    ("20-6-11", "month must look like 2026-11, not '20-6-11'"),
    ("2026111", "month must look like 2026-11, not '2026111'"),
    ("2026-1x", "month must look like 2026-11, not '2026-1x'"),
    ("x026-11", "month must look like 2026-11, not 'x026-11'"),
    ("9" * 70, f"month must look like 2026-11, not {'9' * 64!r}"),
    ("2026-13", "there is no month '2026-13'"),
    ("2026-00", "there is no month '2026-00'"),
    ("9999-12", "there is no month '9999-12'"),
]


@pytest.mark.parametrize(("text", "message"), NO_MONTH)
def test_what_is_no_month_is_told_so(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_month(text, "UTC")
    assert (refused.value.param, refused.value.message) == ("month", message)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "z" * 70])
def test_what_is_no_time_zone_is_told_so(zone: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_month("2026-11", zone)
    assert refused.value.param == "time_zone"
    assert refused.value.message == f"time_zone must be an IANA name such as Europe/Berlin, not {zone[:64]!r}"


def _balance(seq: int, balance: int, frozen: int, receivable: int) -> BalanceAt:
    return BalanceAt(WALLET, "USD", NOON, seq, balance, frozen, receivable)


def _movement(kind: TransactionType, rows: int, amount: int, *deltas: int) -> Movement:
    return Movement(kind, rows, amount, *deltas)


def _statement(**change: Any) -> Statement:
    """10 opening of which 2 are held; 5 paid in, 4 charged of which 1 is owed, 2 given back, 1 taken; 12 closing."""
    made = Statement(
        org_id=ORG,
        wallet_id=WALLET,
        currency="USD",
        month=read_month("2026-11", "Europe/Berlin"),
        opening=_balance(3, 10 * NANOS, 2 * NANOS, 0),
        closing=_balance(9, 13 * NANOS, 3 * NANOS, NANOS),
        movements=[
            _movement(TransactionType.TOP_UP, 1, 5 * NANOS, 5 * NANOS, 0, 0),
            _movement(TransactionType.CAPTURE, 2, 4 * NANOS, -3 * NANOS, -NANOS, NANOS),
            _movement(TransactionType.HOLD, 1, 2 * NANOS, 0, 2 * NANOS, 0),
            _movement(TransactionType.REFUND, 1, 2 * NANOS, 2 * NANOS, 0, 0),
            _movement(TransactionType.ADJUST, 1, -NANOS, -NANOS, 0, 0),
        ],
        entries=[],
        entries_omitted=0,
        spending=[
            Spending(PROJECT, "Comet", "small", 1, 3 * NANOS, 2 * NANOS),
            Spending(None, None, None, 1, NANOS, 0),
        ],
        root=bytes(31) + b"\x01",
    )
    return replace(made, **change)


def test_a_sound_statement_adds_up() -> None:
    made = _statement()
    assert made.adds_up
    assert (made.charged_nanos, made.net_nanos) == (4 * NANOS, 2 * NANOS)
    assert [one.net_nanos for one in made.spending] == [NANOS, NANOS]


@pytest.mark.parametrize(
    "change",
    [
        {"opening": _balance(3, 11 * NANOS, 2 * NANOS, 0)},
        {"closing": _balance(9, 13 * NANOS, 3 * NANOS, 0)},
        {"closing": _balance(9, 13 * NANOS, 4 * NANOS, NANOS)},
        {"opening": _balance(3, 10 * NANOS, NANOS, 0)},
        {"spending": [Spending(PROJECT, "Comet", "small", 1, 3 * NANOS, 2 * NANOS)]},
        {"spending": [Spending(PROJECT, "Comet", "small", 1, 4 * NANOS, NANOS)]},
        {"spending": [Spending(PROJECT, "Comet", "small", 1, 5 * NANOS, 2 * NANOS)]},
        {"movements": [*_statement().movements, _movement(TransactionType.EXTEND, 1, 0, 1, 0, 0)]},
        {"movements": [*_statement().movements, _movement(TransactionType.TOP_UP, 1, 1, 0, 0, 0)]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_one_sum_that_is_off_is_seen(change: dict[str, object]) -> None:
    assert not _statement(**change).adds_up


def _with_entries() -> Statement:
    shelf, me = Shelf(), Caller()
    shelf.ask_all([me.top_up("=1+1", 5 * NANOS), me.adjust("fix", -NANOS)])
    paid, fix = shelf.rows
    entries = [paid._replace(description="Bank | transfer\nof May"), fix]
    return _statement(entries=entries, entries_omitted=1)


def test_a_statement_as_csv() -> None:
    assert as_csv(_with_entries()).splitlines() == [
        "line,at,ref,project,model,calls,description,amount,currency",
        "opening,2026-11-01T00:00:00+01:00,,,,,,10,USD",
        "top_up,2030-01-01T13:00:00+01:00,'=1+1,,,,\"Bank | transfer",
        'of May",5,USD',
        "adjust,2030-01-01T13:00:00+01:00,fix,,,,miscounted,-1,USD",
        "other,,,,,,1 more payments and corrections,2,USD",
        "calls,,,Comet,small,1,,-3,USD",
        "calls,,,(no usage record),(no usage record),1,,-1,USD",
        "closing,2026-12-01T00:00:00+01:00,,,,,,12,USD",
    ]


def test_a_statement_as_markdown() -> None:
    assert as_markdown(_with_entries()).splitlines() == [
        "# Statement 2026-11",
        "",
        f"{WHOSE}, amounts in USD, month in Europe/Berlin.",
        "",
        "| | amount |",
        "|---|---:|",
        "| opening | 10 |",
        "| payments | 5 |",
        "| calls | -4 |",
        "| refunds | 2 |",
        "| corrections | -1 |",
        "| **closing** | 12 |",
        "| of which set aside for running calls | 3 |",
        "| of which owed | -1 |",
        "",
        "## Calls by project and model",
        "",
        "| project | model | calls | charged | refunded | net |",
        "|---|---|---:|---:|---:|---:|",
        "| Comet | small | 1 | 3 | 2 | 1 |",
        "| (no usage record) | (no usage record) | 1 | 1 | 0 | 1 |",
        "",
        "## Payments, refunds and corrections",
        "",
        "| at | kind | ref | description | amount |",
        "|---|---|---|---|---:|",
        "| 2030-01-01T13:00:00+01:00 | top_up | =1+1 | Bank \\| transfer of May | 5 |",
        "| 2030-01-01T13:00:00+01:00 | adjust | fix | miscounted | -1 |",
        "|  | other |  | 1 more payments and corrections | 2 |",
        "",
        f"Sealed by root `{'0' * 63}1` at row 9.",
    ]


def test_a_statement_in_chinese_leaves_alone_what_people_wrote() -> None:
    spending = [Spending(PROJECT, "Default", "small", 1, 3 * NANOS, 2 * NANOS, is_default_project=True)]
    spending += [Spending(PROJECT, "Default", "large", 1, NANOS, 0), Spending(None, None, None, 1, 0, 0)]
    made = replace(_with_entries(), spending=spending)
    assert as_csv(made, "zh-CN").removeprefix("\ufeff").splitlines() == [
        "类型,时间,参考号,项目,模型,调用次数,说明,金额,币种",
        "期初,2026-11-01T00:00:00+01:00,,,,,,10,USD",
        "充值,2030-01-01T13:00:00+01:00,'=1+1,,,,\"Bank | transfer",
        'of May",5,USD',
        "更正,2030-01-01T13:00:00+01:00,fix,,,,miscounted,-1,USD",
        "其他,,,,,,另有 1 笔充值与更正,2,USD",
        "调用,,,默认项目,small,1,,-3,USD",
        "调用,,,Default,large,1,,-1,USD",
        "调用,,,（无用量记录）,（无用量记录）,1,,0,USD",
        "期末,2026-12-01T00:00:00+01:00,,,,,,12,USD",
    ]
    page = as_markdown(made, "zh-CN").splitlines()
    assert page[0] == "# 2026-11 对账单"
    for line in ("| 期初 | 10 |", "| **期末** | 12 |", "| 默认项目 | small | 1 | 3 | 2 | 1 |"):
        assert line in page
    assert "| 2030-01-01T13:00:00+01:00 | 更正 | fix | miscounted | -1 |" in page
    assert page[-1] == f"由第 9 行的链根 `{'0' * 63}1` 封存。"


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_a_word_for_every_place(language: Language) -> None:
    words, english = WORDS[language], WORDS["en"]
    assert set(words.kinds) == set(english.kinds) >= {kind.value for kind in ENTRY_TYPES}
    for name in ("csv_columns", "summary", "spending_columns", "entries_columns"):
        assert len(getattr(words, name)) == len(getattr(english, name))


def test_a_month_without_calls_still_tells_every_payment() -> None:
    page = as_markdown(replace(_with_entries(), spending=[], entries_omitted=0)).splitlines()
    assert "| 2030-01-01T13:00:00+01:00 | adjust | fix | miscounted | -1 |" in page


def test_a_project_without_a_name_is_told_by_its_id_and_calls_of_nothing_by_none() -> None:
    spending = [Spending(PROJECT, None, "small", 1, 4 * NANOS, 0), Spending(PROJECT, "Old", "small", 0, 0, 2 * NANOS)]
    made = _statement(spending=spending, root=None)
    assert f"calls,,,{show_id('project', PROJECT)},small,1,,-4,USD" in as_csv(made).splitlines()
    assert "Old" not in as_csv(made)
    assert "| Old | small | 0 | 0 | 2 | -2 |" in as_markdown(made)
    assert "Sealed" not in as_markdown(made)
    backslash = _statement(spending=[Spending(PROJECT, "a\\b|c", "m", 1, 4 * NANOS, 2 * NANOS)])
    assert "| a\\\\b\\|c | m |" in as_markdown(backslash)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula_to_a_spreadsheet(start: str) -> None:
    made = _statement(spending=[Spending(PROJECT, f"{start}cmd", "m", 1, 4 * NANOS, 2 * NANOS)])
    assert f"'{start}cmd" in as_csv(made)


async def test_a_statement_is_made_of_a_month_of_the_wallet(monkeypatch: pytest.MonkeyPatch) -> None:
    desks = Desks()
    me = await desks.open()
    await desks.ledger.apply(me.top_up("before", 7))
    desks.clock.advance(datetime(2030, 2, 1, tzinfo=UTC) - NOON)
    await desks.ledger.apply_many([me.top_up("on the dot", 5), me.top_up("second", 6), me.adjust("third", 1)])
    desks.clock.advance(timedelta(days=28) - timedelta(microseconds=1))
    await desks.ledger.apply_many([me.hold("h", 4), me.capture("c", "h", 3)])
    desks.clock.advance(timedelta(microseconds=1))
    await desks.ledger.apply(me.top_up("after", 100))
    monkeypatch.setattr(use_cases, "ENTRIES_MAX", 2)
    made = await desks.state_month(principal=desks.owner, month="2030-02")
    assert made.adds_up
    assert (made.org_id, made.wallet_id, made.currency) == (ORG, desks.opened.id, "USD")
    assert (made.opening.seq, made.opening.balance_nanos, made.closing.seq, made.closing.balance_nanos) == (1, 7, 6, 16)
    assert ([row.ref for row in made.entries], made.entries_omitted) == (["on the dot", "second"], 1)
    assert [(one.calls, one.charged_nanos) for one in made.spending] == [(1, 3)]
    assert made.root is not None
    admin = StateAnyMonth(desks.state_month)
    assert await admin(actor=OPERATOR, org_id=ORG, month="2030-02") == made
    with pytest.raises(AdministratorRequired):
        await admin(actor=desks.owner, org_id=ORG, month="2030-02")
    shifted = await admin(actor=OPERATOR, org_id=ORG, month="2030-02", time_zone="Asia/Shanghai")
    assert shifted.month.time_zone == "Asia/Shanghai"
    assert shifted.closing.seq == 4
