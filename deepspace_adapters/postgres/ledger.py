"""What a batch of the ledger reads: the statements of ledger.sql, and the book's values from them.

Reading takes the wallets' row locks, which serialize batches of several processes; each statement after the lock has
its own snapshot (READ COMMITTED), so it sees what the previous holder of the lock committed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from deepspace_adapters.postgres.arrays import array_of
from deepspace_adapters.postgres.burst import Burst, Parameters, Row
from deepspace_adapters.postgres.ledger_rows import (
    StoredRow,
    hold_from,
    line_from,
    stored_from,
    transaction_from,
    wallet_from,
)
from deepspace_adapters.postgres.pool import Connection
from deepspace_adapters.postgres.sql import Statement, load
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger.budget import BudgetWindow, starts_on
from deepspace_core.ledger.command import Asked
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.state import (
    BookState,
    CaptureTotal,
    NumberedRef,
    StoredOutcome,
    caps_needed,
    needs_of,
    short_wallets,
)
from deepspace_core.ledger.wallet import CURRENCY_DEFAULT

NO_HOLDS: Mapping[int, HoldAccount] = MappingProxyType({})
DUE_HOLDS_MAX = 10_000
"""How many due holds one batch looks at; beyond it a wallet may be found short until the sweeper has caught up."""


@dataclass(frozen=True, slots=True)
class Sql:
    """The statements of ledger.sql."""

    open_wallet: Statement
    prefer_indexes: Statement
    prefer_nothing: Statement
    only_look: Statement
    lock_wallets: Statement
    find_wallets: Statement
    find_refs: Statement
    find_rows: Statement
    find_holds_by_ref: Statement
    find_holds_by_id: Statement
    find_due_holds: Statement
    find_captures: Statement
    find_lines: Statement


SQL = load(__file__, Sql)


class PostgresWalletOpening:
    """The identity context's `WalletOpening` port."""

    async def open(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId, now: datetime) -> None:
        await open_wallet(connection_of(tx), org_id=org_id, wallet_id=wallet_id, now=now)


async def open_wallet(
    connection: Connection,
    *,
    org_id: OrgId,
    wallet_id: WalletId,
    now: datetime,
    currency: str = CURRENCY_DEFAULT,
    credit_limit_nanos: int = 0,
) -> None:
    """Writes an empty wallet."""
    parameters = {
        "wallet_id": wallet_id,
        "org_id": org_id,
        "currency": currency,
        "credit_limit_nanos": credit_limit_nanos,
        "now": now,
    }
    await connection.execute(SQL.open_wallet, parameters)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a batch is decided on, and when: the books, and the terms of each wallet in them."""

    state: BookState
    terms: Mapping[WalletId, int]
    now: datetime


async def lock(connection: Connection, wallet_ids: Iterable[WalletId]) -> None:
    """Waits for the wallets' locks, in the order in which `read` takes them."""
    burst = Burst(connection)
    burst.add(SQL.prefer_indexes, {"local": "t"})
    burst.add(SQL.lock_wallets, {"wallet_ids": array_of(sorted(wallet_ids))})
    await burst.send()


async def read(
    connection: Connection,
    commands: Sequence[Asked],
    now: Callable[[], datetime],
    *,
    recalled: Mapping[int, HoldAccount] = NO_HOLDS,
    unread: frozenset[int] = frozenset(),
    dry: bool = False,
) -> Basis:
    """Locks the wallets, loads what `commands` need to see, and tells the time once the locks are held.

    Of the commands that are `unread` (by their `id`) only the wallets are loaded; what they need besides is taken as
    `recalled`. A `dry` run sees one snapshot, locks nothing, and can't write.
    """
    needs = needs_of(commands)
    if unread:
        rest = needs_of([command for command in commands if id(command) not in unread])
        needs = replace(rest, wallet_ids=needs.wallet_ids)
    reads = {
        SQL.find_refs: _keys("refs", needs.refs),
        SQL.find_holds_by_ref: _keys("refs", needs.hold_refs),
        SQL.find_holds_by_id: _keys("hold_ids", needs.hold_ids),
        SQL.find_captures: _keys("refs", needs.capture_refs),
    }
    burst = Burst(connection)
    if dry:
        burst.add(SQL.only_look)
    burst.add(SQL.prefer_indexes, {"local": "t"})
    wallets_sql = SQL.find_wallets if dry else SQL.lock_wallets
    wallets = burst.add(wallets_sql, {"wallet_ids": array_of(needs.wallet_ids)})
    answers = {sql: burst.add(sql, given) for sql, given in reads.items() if given is not None}
    await burst.send()
    rows = {sql: answer.rows for sql, answer in answers.items()}
    locked = wallets.rows  # decoded at each asking
    found = [wallet_from(row[:-1]) for row in locked]
    holds = _holds(rows.get(SQL.find_holds_by_ref, [])) | _holds(rows.get(SQL.find_holds_by_id, []))
    state = BookState(
        wallets={wallet.id: wallet for wallet in found},
        holds={**recalled, **holds},
        refs=await _stored(connection, [stored_from(row) for row in rows.get(SQL.find_refs, [])]),
        captures=_captures(rows.get(SQL.find_captures, [])),
    )
    decided_at = now()
    state = await _with_lines(connection, state, commands, decided_at)
    state = await _with_due_holds(connection, state, commands, decided_at)
    return Basis(state, {row[0]: row[-1] for row in locked}, decided_at)


async def _with_due_holds(
    connection: Connection, state: BookState, commands: Sequence[Asked], now: datetime
) -> BookState:
    short = short_wallets(state, commands)
    if not short:
        return state
    parameters = {"wallet_ids": array_of(short), "now": now, "limit": DUE_HOLDS_MAX}
    due = _holds(await _rows(connection, SQL.find_due_holds, parameters))
    return await _with_lines(connection, replace(state, holds={**due, **state.holds}), commands, now)


async def _with_lines(connection: Connection, state: BookState, commands: Sequence[Asked], now: datetime) -> BookState:
    """A round trip more, but only for wallets that have budgets."""
    keys = caps_needed(state, commands, now)
    if not keys:
        return state
    parameters = {
        "wallet_ids": array_of(wallet_id for wallet_id, _, _ in keys),
        "scopes": array_of(key.scope for _, key, _ in keys),
        "scope_ids": array_of(key.scope_id for _, key, _ in keys),
        "days": array_of(starts_on(BudgetWindow.DAY, at).isoformat() for _, _, at in keys),
    }
    lines = map(line_from, await _rows(connection, SQL.find_lines, parameters))
    return replace(state, lines={line.line_key: line for line in lines})


async def _stored(connection: Connection, found: Sequence[StoredRow]) -> Mapping[NumberedRef, StoredOutcome]:
    """What was answered before, each with the transaction it wrote."""
    places = [stored.place for stored in found if stored.place is not None]
    if not places:
        return {stored.key: stored.stored for stored in found}
    wallet_ids, seqs, ats = map(array_of, zip(*places, strict=True))
    keys = {"wallet_ids": wallet_ids, "seqs": seqs, "ats": ats}
    rows = [transaction_from(row) for row in await _rows(connection, SQL.find_rows, keys)]
    written = {(row.wallet_id, row.seq, row.at): row for row in rows}
    return {one.key: one.stored.with_transaction(written.get(one.place) if one.place else None) for one in found}


async def _rows(connection: Connection, sql: Statement, parameters: Parameters) -> Sequence[Row]:
    """Of one statement more, in a burst like all others: psycopg would prepare it, and drop theirs at a rollback."""
    burst = Burst(connection)
    answer = burst.add(sql, parameters)
    await burst.send()
    return answer.rows


def _keys(name: str, keys: Sequence[tuple[OrgId, object]]) -> Parameters | None:
    """Keys of two parts, the second under `name`; None when there are none to look for."""
    if not keys:
        return None
    return {"org_ids": array_of(org_id for org_id, _ in keys), name: array_of(other for _, other in keys)}


def _holds(rows: Sequence[Row]) -> dict[int, HoldAccount]:
    return {hold.id.int: hold for hold in map(hold_from, rows)}


def _captures(rows: Sequence[Row]) -> Mapping[NumberedRef, CaptureTotal]:
    return {
        (org_id.int, ref): CaptureTotal(wallet_id, hold_id, captured, refunded)
        for org_id, ref, wallet_id, hold_id, captured, refunded in rows
    }
