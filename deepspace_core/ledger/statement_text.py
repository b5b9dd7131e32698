"""A statement as text, in its reader's language: for a person (Markdown), for a finance office's spreadsheet (CSV).

Amounts are signed as the customer sees them: what comes in is positive, what was charged is negative. Opening, all
lines between and closing add up.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from deepspace_core.identity import Language
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.ledger.statement import ENTRY_TYPES, Spending, Statement
from deepspace_core.ledger.statement_words import WORDS, StatementWords
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType

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


def lines_of(statement: Statement, words: StatementWords) -> Sequence[Line]:
    """Every line, in order."""
    kinds = words.kinds
    zone = ZoneInfo(statement.month.time_zone)
    lines = [Line(kinds["opening"], statement.opening.owned_nanos, at=_told(statement.month.since, zone))]
    lines += [_entry_line(row, zone, words) for row in statement.entries]
    listed = sum(row.amount_nanos for row in statement.entries)
    if statement.entries_omitted:
        rest = sum(statement.total(kind) for kind in ENTRY_TYPES) - listed
        told = words.more_entries.format(count=statement.entries_omitted)
        lines.append(Line(kinds["other"], rest, description=told))
    lines += [_spending_line(one, words) for one in statement.spending if one.calls]
    lines.append(Line(kinds["closing"], statement.closing.owned_nanos, at=_told(statement.month.until, zone)))
    return lines


def as_csv(statement: Statement, language: Language = "en") -> str:
    """RFC 4180, with a heading."""
    words = WORDS[language]
    out = io.StringIO()
    out.write(words.csv_head)
    writer = csv.writer(out)
    writer.writerow(words.csv_columns)
    for line in lines_of(statement, words):
        texts = [line.line, line.at, line.ref, line.project, line.model, line.calls, line.description]
        amount = decimal_from_nanos(line.amount_nanos)
        writer.writerow([*map(_harmless, texts), amount, statement.currency])
    return out.getvalue()


def as_markdown(statement: Statement, language: Language = "en") -> str:
    """A page to print."""
    words = WORDS[language]
    month = statement.month
    whose = words.whose.format(
        org=show_id("org", statement.org_id),
        wallet=show_id("wallet", statement.wallet_id),
        currency=statement.currency,
        time_zone=month.time_zone,
    )
    head = [
        f"# {words.title.format(month=month.text)}",
        "",
        whose,
        "",
        f"| | {words.amount} |",
        "|---|---:|",
        *(f"| {noun} | {decimal_from_nanos(nanos)} |" for noun, nanos in _summary(statement, words)),
        "",
        f"## {words.spending_title}",
        "",
        f"| {' | '.join(words.spending_columns)} |",
        "|---|---|---:|---:|---:|---:|",
        *(_spending_text(one, words) for one in statement.spending),
        "",
        f"## {words.entries_title}",
        "",
        f"| {' | '.join(words.entries_columns)} |",
        "|---|---|---|---|---:|",
    ]
    entries = [line for line in lines_of(statement, words)[1:-1] if not line.calls]
    head += [
        f"| {line.at} | {line.line} | {_cell(line.ref)} | {_cell(line.description)} | "
        f"{decimal_from_nanos(line.amount_nanos)} |"
        for line in entries
    ]
    if statement.root is not None:
        head += ["", words.sealed.format(root=statement.root.hex(), seq=statement.closing.seq)]
    return "\n".join([*head, ""])


def _summary(statement: Statement, words: StatementWords) -> Iterable[tuple[str, int]]:
    amounts = (
        statement.opening.owned_nanos,
        statement.total(TransactionType.TOP_UP),
        -statement.charged_nanos,
        statement.total(TransactionType.REFUND),
        statement.total(TransactionType.ADJUST),
        statement.closing.owned_nanos,
        statement.closing.frozen_nanos,
        -statement.closing.receivable_nanos,
    )
    return zip(words.summary, amounts, strict=True)


def _entry_line(row: LedgerTransaction, zone: ZoneInfo, words: StatementWords) -> Line:
    kind = words.kinds[row.type.value]
    return Line(kind, row.amount_nanos, at=_told(row.at, zone), ref=row.ref, description=row.description)


def _spending_line(one: Spending, words: StatementWords) -> Line:
    project, model = _project(one, words), one.model or words.unnamed
    return Line(words.kinds["calls"], -one.charged_nanos, project=project, model=model, calls=one.calls)


def _spending_text(one: Spending, words: StatementWords) -> str:
    amounts = [decimal_from_nanos(nanos) for nanos in (one.charged_nanos, one.refunded_nanos, one.net_nanos)]
    project, model = _cell(_project(one, words)), _cell(one.model or words.unnamed)
    return f"| {project} | {model} | {one.calls} | {' | '.join(amounts)} |"


def _project(one: Spending, words: StatementWords) -> str:
    if one.project_id is None:
        return words.unnamed
    if one.project is None:
        return show_id("project", one.project_id)
    return words.project(one.project, is_default=one.is_default_project)


def _told(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")


def _harmless(value: str | int | None) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
