"""A statement as text: for a person (Markdown), for a finance office's spreadsheet (CSV).

Amounts are signed as the customer sees them: what comes in is positive, what was charged is negative. Opening, all
lines between and closing add up.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.ledger.statement import ENTRY_TYPES, Spending, Statement
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType

CSV_COLUMNS = ("line", "at", "ref", "project", "model", "calls", "description", "amount", "currency")
UNNAMED = "(no usage record)"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is run as a formula by spreadsheets. Source: OWASP, "CSV Injection"."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line between opening and closing, or one of these two."""

    line: str
    amount_nanos: int
    at: str = ""
    ref: str = ""
    project: str = ""
    model: str = ""
    calls: int | None = None
    description: str = ""


def lines_of(statement: Statement) -> Sequence[Line]:
    """Every line, in order."""
    zone = ZoneInfo(statement.month.time_zone)
    lines = [Line("opening", statement.opening.owned_nanos, at=_told(statement.month.since, zone))]
    lines += [_entry_line(row, zone) for row in statement.entries]
    listed = sum(row.amount_nanos for row in statement.entries)
    if statement.entries_omitted:
        rest = sum(statement.total(kind) for kind in ENTRY_TYPES) - listed
        lines.append(Line("other", rest, description=f"{statement.entries_omitted} more payments and corrections"))
    lines += [_spending_line(one) for one in statement.spending if one.calls]
    lines.append(Line("closing", statement.closing.owned_nanos, at=_told(statement.month.until, zone)))
    return lines


def as_csv(statement: Statement) -> str:
    """RFC 4180, with a heading."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for line in lines_of(statement):
        texts = [line.line, line.at, line.ref, line.project, line.model, line.calls, line.description]
        amount = decimal_from_nanos(line.amount_nanos)
        writer.writerow([*map(_harmless, texts), amount, statement.currency])
    return out.getvalue()


def as_markdown(statement: Statement) -> str:
    """A page to print."""
    month = statement.month
    whose = f"Organization `{show_id('org', statement.org_id)}`, wallet `{show_id('wallet', statement.wallet_id)}`"
    head = [
        f"# Statement {month.text}",
        "",
        f"{whose}, amounts in {statement.currency}, month in {month.time_zone}.",
        "",
        "| | amount |",
        "|---|---:|",
        *(f"| {noun} | {decimal_from_nanos(nanos)} |" for noun, nanos in _summary(statement)),
        "",
        "## Calls by project and model",
        "",
        "| project | model | calls | charged | refunded | net |",
        "|---|---|---:|---:|---:|---:|",
        *map(_spending_text, statement.spending),
        "",
        "## Payments, refunds and corrections",
        "",
        "| at | kind | ref | description | amount |",
        "|---|---|---|---|---:|",
    ]
    entries = [line for line in lines_of(statement)[1:-1] if not line.calls]
    head += [
        f"| {line.at} | {line.line} | {_cell(line.ref)} | {_cell(line.description)} | "
        f"{decimal_from_nanos(line.amount_nanos)} |"
        for line in entries
    ]
    if statement.root is not None:
        head += ["", f"Sealed by root `{statement.root.hex()}` at row {statement.closing.seq}."]
    return "\n".join([*head, ""])


def _summary(statement: Statement) -> Sequence[tuple[str, int]]:
    return [
        ("opening", statement.opening.owned_nanos),
        ("payments", statement.total(TransactionType.TOP_UP)),
        ("calls", -statement.charged_nanos),
        ("refunds", statement.total(TransactionType.REFUND)),
        ("corrections", statement.total(TransactionType.ADJUST)),
        ("**closing**", statement.closing.owned_nanos),
        ("of which set aside for running calls", statement.closing.frozen_nanos),
        ("of which owed", -statement.closing.receivable_nanos),
    ]


def _entry_line(row: LedgerTransaction, zone: ZoneInfo) -> Line:
    return Line(row.type.value, row.amount_nanos, at=_told(row.at, zone), ref=row.ref, description=row.description)


def _spending_line(one: Spending) -> Line:
    return Line("calls", -one.charged_nanos, project=_project(one), model=one.model or UNNAMED, calls=one.calls)


def _spending_text(one: Spending) -> str:
    amounts = [decimal_from_nanos(nanos) for nanos in (one.charged_nanos, one.refunded_nanos, one.net_nanos)]
    return f"| {_cell(_project(one))} | {_cell(one.model or UNNAMED)} | {one.calls} | {' | '.join(amounts)} |"


def _project(one: Spending) -> str:
    if one.project_id is None:
        return UNNAMED
    return one.project or show_id("project", one.project_id)


def _told(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")


def _harmless(value: str | int | None) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
