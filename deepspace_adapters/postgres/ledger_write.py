"""What a batch of the ledger writes: one statement, of those parts that the batch has rows for.

Writing checks that every wallet is what was decided on, so that a batch may also be decided on what is remembered
(warm_books.py).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from deepspace_adapters.postgres.arrays import Columns
from deepspace_adapters.postgres.burst import Burst
from deepspace_adapters.postgres.ledger import Basis
from deepspace_adapters.postgres.ledger_rows import (
    hold_changes,
    hold_columns,
    line_columns,
    ref_columns,
    transaction_columns,
    wallet_changes,
)
from deepspace_adapters.postgres.sql import Statement, load
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.state import Decision
from deepspace_core.ledger.wallet import Wallet

WRITES_MAX = 64
"""Statements that can be made of six parts."""


@dataclass(frozen=True, slots=True)
class Sql:
    """The statements of ledger_write.sql."""

    write_batch: Statement


SQL = load(__file__, Sql)
_PART = re.compile(r"(\w+) AS \(\n.*?\n\)", re.DOTALL)
_CHECK = re.compile(r"require_rows\(\(SELECT count\(\*\) FROM (\w+)\).*?\'\)", re.DOTALL)


def write(burst: Burst, basis: Basis, decision: Decision, wallets: Sequence[Wallet]) -> None:
    """Adds all that a decision writes. Carried out, it fails as a whole when one of `wallets`, those that moved at
    least, isn't what `basis` says."""
    before = basis.state
    new: list[HoldAccount] = []
    changed: list[tuple[HoldAccount, HoldAccount]] = []
    for hold in decision.holds:
        known = before.holds.get(hold.id.int) if hold.version > 1 else None
        if known is None:
            new.append(hold)
        else:
            changed.append((known, hold))
    refs = decision.refs
    parts: Sequence[tuple[str, int, Callable[[], Columns]]] = (
        ("moved", len(wallets), lambda: wallet_changes(wallets, before=before.wallets, terms=basis.terms)),
        ("changed", len(changed), lambda: hold_changes(changed)),
        ("added_rows", len(decision.rows), lambda: transaction_columns(decision.rows, decision.wallets)),
        ("added_holds", len(new), lambda: hold_columns(new)),
        ("added_refs", len(refs), lambda: ref_columns(refs, basis.now)),
        ("counted", len(decision.lines), lambda: line_columns(decision.lines)),
    )
    wanted: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    literals: list[bytes] = []
    for part, count, make in parts:
        if count:
            columns = make()
            wanted += (part,)
            names += (*columns.names, f"{part}_count")
            literals += (*columns.literals, b"%d" % count)
    burst.add(_of_parts(SQL.write_batch, wanted), Columns(names, literals))


@lru_cache(maxsize=WRITES_MAX)
def _of_parts(full: Statement, wanted: Sequence[str]) -> Statement:
    """`write_batch` with only those parts. One that has nothing to do costs the server about 10 µs all the same, and
    its parameters as much again."""
    text = full.decode()
    parts = {found[1]: found[0] for found in _PART.finditer(text)}
    checks = {found[1]: found[0] for found in _CHECK.finditer(text)}
    told = [checks[part] for part in wanted if part in checks] or ["NULL"]
    return f"WITH {', '.join(parts[part] for part in wanted)}\nSELECT {', '.join(told)}".encode()
