"""A statement for a program: as JSON. As text for people it is deepspace_core/ledger/statement_text.py."""

from deepspace_adapters.cli.output import Row, moment, money
from deepspace_core.kernel.ids import show_id
from deepspace_core.ledger import LedgerTransaction, TransactionType
from deepspace_core.ledger.statement import Spending, Statement


def statement_row(statement: Statement) -> Row:
    """As JSON."""
    return {
        "org_id": show_id("org", statement.org_id),
        "wallet_id": show_id("wallet", statement.wallet_id),
        "month": statement.month.text,
        "time_zone": statement.month.time_zone,
        "since": moment(statement.month.since),
        "until": moment(statement.month.until),
        "currency": statement.currency,
        **money("opening", statement.opening.owned_nanos),
        **money("charged", statement.charged_nanos),
        **money("topped_up", statement.total(TransactionType.TOP_UP)),
        **money("refunded", statement.total(TransactionType.REFUND)),
        **money("adjusted", statement.total(TransactionType.ADJUST)),
        **money("closing", statement.closing.owned_nanos),
        **money("frozen", statement.closing.frozen_nanos),
        **money("receivable", statement.closing.receivable_nanos),
        "adds_up": statement.adds_up,
        "seq": statement.closing.seq,
        "root": None if statement.root is None else statement.root.hex(),
        "spending": [_spending_row(one) for one in statement.spending],
        "entries": [_entry_row(row) for row in statement.entries],
        "entries_omitted": statement.entries_omitted,
    }


def _spending_row(one: Spending) -> Row:
    return {
        "project_id": None if one.project_id is None else show_id("project", one.project_id),
        "project": one.project,
        "is_default_project": one.is_default_project,
        "model": one.model,
        "calls": one.calls,
        **money("charged", one.charged_nanos),
        **money("refunded", one.refunded_nanos),
        **money("net", one.net_nanos),
    }


def _entry_row(row: LedgerTransaction) -> Row:
    return {
        "at": moment(row.at),
        "type": row.type.value,
        "ref": row.ref,
        "description": row.description,
        **money("amount", row.amount_nanos),
    }
