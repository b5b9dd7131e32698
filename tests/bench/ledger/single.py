"""One transaction an operation, through psycopg: what an application does that writes each command when it comes.

Two of them, both honest efforts: asynchronous, on connections of their own, every statement prepared.

- `SingleClient` decides in Python. Two round trips in pipeline mode: lock the wallet and look, then write and commit;
  what an operation writes is one statement.
- `CallingClient` calls the function of function.sql, which decides in the database. One round trip, which commits.

Both check what the book checks of a plain hold and a final capture, and write rows that pass the audit. Left out, to
their advantage: due holds, overage, late and partial captures.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from deepspace_adapters.postgres import sql
from deepspace_adapters.system import SystemClock, SystemIds
from deepspace_core.kernel.ids import HoldId, TransactionId
from deepspace_core.ledger import LedgerTransaction, TransactionType, Wallet
from deepspace_core.ledger.chain import link
from tests.bench.ledger.load import COST_NANOS, HOLD_NANOS, LIFETIME_SECONDS
from tests.core.ledger.asking import Caller

Connection: TypeAlias = AsyncConnection[TupleRow]
Idle: TypeAlias = "asyncio.LifoQueue[Connection]"


@dataclass(frozen=True, slots=True)
class _Statements:
    lock_wallet: sql.Statement
    look_before_hold: sql.Statement
    look_before_capture: sql.Statement
    write_hold: sql.Statement
    write_capture: sql.Statement
    call_hold: sql.Statement
    call_capture: sql.Statement


SQL = sql.load(__file__, _Statements)


@asynccontextmanager
async def connections(url: str, count: int, *, autocommit: bool) -> AsyncIterator[Idle]:
    """Open connections; whoever wants one waits for its turn."""
    async with AsyncExitStack() as opened:
        idle: Idle = asyncio.LifoQueue()
        for _ in range(count):
            connection = await AsyncConnection.connect(url, autocommit=autocommit, options="-c timezone=UTC")
            idle.put_nowait(await opened.enter_async_context(connection))
        yield idle


@asynccontextmanager
async def lent(idle: Idle) -> AsyncIterator[Connection]:
    """One of them, for the length of a block."""
    connection = await idle.get()
    try:
        yield connection
    finally:
        idle.put_nowait(connection)


class SingleClient:
    """Decides in Python under the wallet's lock."""

    def __init__(self, idle: Idle) -> None:
        self._idle = idle
        self._ids = SystemIds()
        self._clock = SystemClock()

    async def hold(self, caller: Caller, ref: str) -> None:
        about = {**_about(caller, ref), "day": self._clock.now().date()}
        async with lent(self._idle) as connection, connection.pipeline():
            locked = await connection.execute(SQL.lock_wallet, about, prepare=True)
            looked = await connection.execute(SQL.look_before_hold, about, prepare=True)
            wallet = _wallet(await locked.fetchone())
            [answered, left] = await looked.fetchone() or [None, None]
            _require(answered is None, f"{ref} was answered {answered}")
            _require(not wallet.closed and wallet.spendable_nanos >= HOLD_NANOS, "insufficient funds")
            _require(left is None or left >= HOLD_NANOS, "budget exceeded")
            row = self._row(wallet, TransactionType.HOLD, ref, HoldId(self._ids.uuid()), balance=0, frozen=HOLD_NANOS)
            expires_at = row.at + timedelta(seconds=LIFETIME_SECONDS)
            fingerprint = _told(
                type="hold", wallet_id=wallet.id.hex, amount_nanos=HOLD_NANOS, lifetime_seconds=LIFETIME_SECONDS
            )
            written = {"expires_at": expires_at, "cap": str(caller.caps[0]), "fingerprint": fingerprint}
            answer = _answer(wallet, row, state="pending", ref=ref, remaining=HOLD_NANOS, expires_at=expires_at)
            await connection.execute(
                SQL.write_hold, {**about, **_columns(wallet, row), **written, "outcome": answer}, prepare=True
            )
            await connection.commit()

    async def capture(self, caller: Caller, ref: str, hold_ref: str) -> None:
        about = {**_about(caller, ref), "hold_ref": hold_ref}
        async with lent(self._idle) as connection, connection.pipeline():
            locked = await connection.execute(SQL.lock_wallet, about, prepare=True)
            looked = await connection.execute(SQL.look_before_capture, about, prepare=True)
            wallet = _wallet(await locked.fetchone())
            found = await looked.fetchone()
            if found is None:
                raise RuntimeError(f"there is no hold {hold_ref}")
            answered, hold_id, state, amount, remaining, expires_at = found
            _require(answered is None, f"{ref} was answered {answered}")
            _require(state == "pending" and amount == remaining >= COST_NANOS, f"{hold_ref} is {state}")
            row = self._row(
                wallet, TransactionType.CAPTURE, ref, hold_id, balance=-COST_NANOS, frozen=-remaining, cost=COST_NANOS
            )
            _require(row.at < expires_at, f"{hold_ref} is over")
            written = {
                "held": remaining,
                "day": row.at.date(),
                "fingerprint": _told(
                    type="capture", wallet_id=wallet.id.hex, hold_ref=hold_ref, amount_nanos=COST_NANOS, final=True
                ),
            }
            answer = _answer(wallet, row, state="captured", ref=hold_ref, captured=COST_NANOS, expires_at=expires_at)
            await connection.execute(
                SQL.write_capture, {**about, **_columns(wallet, row), **written, "outcome": answer}, prepare=True
            )
            await connection.commit()

    def _row(
        self,
        wallet: Wallet,
        kind: TransactionType,
        ref: str,
        hold_id: HoldId,
        *,
        balance: int,
        frozen: int,
        cost: int = 0,
    ) -> LedgerTransaction:
        return LedgerTransaction(
            id=TransactionId(self._ids.uuid()),
            org_id=wallet.org_id,
            wallet_id=wallet.id,
            seq=wallet.version + 1,
            type=kind,
            ref=ref,
            amount_nanos=cost or frozen,
            balance_delta_nanos=balance,
            frozen_delta_nanos=frozen,
            receivable_delta_nanos=0,
            released_nanos=-frozen - cost if cost else 0,
            balance_after_nanos=wallet.balance_nanos + balance,
            frozen_after_nanos=wallet.frozen_nanos + frozen,
            receivable_after_nanos=wallet.receivable_nanos,
            currency=wallet.currency,
            hold_id=hold_id,
            capture_ref=None,
            late=False,
            ends_hold=kind is TransactionType.CAPTURE,
            trace_id=_TRACE,
            actor="key:bench",
            description="",
            at=max(self._clock.now(), wallet.updated_at),
        )


@dataclass(frozen=True, slots=True)
class CallingClient:
    """Lets the database decide."""

    idle: Idle

    async def hold(self, caller: Caller, ref: str) -> None:
        about = {**_about(caller, ref), "amount": HOLD_NANOS, "lifetime": LIFETIME_SECONDS}
        await self._call(SQL.call_hold, about)

    async def capture(self, caller: Caller, ref: str, hold_ref: str) -> None:
        await self._call(SQL.call_capture, {**_about(caller, ref), "hold_ref": hold_ref, "amount": COST_NANOS})

    async def _call(self, statement: sql.Statement, about: Mapping[str, object]) -> None:
        async with lent(self.idle) as connection:
            cursor = await connection.execute(statement, about, prepare=True)
            row = await cursor.fetchone()
        _require(row == ("accepted",), f"{about['ref']} was answered {row}")


_TRACE = Caller().trace_id


def _about(caller: Caller, ref: str) -> dict[str, object]:
    return {
        "org_id": caller.org_id,
        "wallet_id": caller.wallet_id,
        "ref": ref,
        "scope_id": caller.caps[0].scope_id,
        "trace_id": _TRACE,
        "actor": "key:bench",
    }


def _wallet(row: TupleRow | None) -> Wallet:
    if row is None:
        raise RuntimeError("there is no such wallet")
    return Wallet(*row)


def _columns(wallet: Wallet, row: LedgerTransaction) -> dict[str, object]:
    return {
        "id": row.id,
        "seq": row.seq,
        "amount": row.amount_nanos,
        "balance": row.balance_after_nanos,
        "frozen": row.frozen_after_nanos,
        "receivable": row.receivable_after_nanos,
        "currency": row.currency,
        "hold_id": row.hold_id,
        "at": row.at,
        "root": link(wallet.root, row),
    }


def _answer(
    wallet: Wallet,
    row: LedgerTransaction,
    *,
    state: str,
    ref: str,
    expires_at: datetime,
    remaining: int = 0,
    captured: int = 0,
) -> str:
    """What is kept of the answer (deepspace_adapters/postgres/ledger_rows.py)."""
    return _told(
        hold={
            "id": str(row.hold_id),
            "ref": ref,
            "state": state,
            "remaining_nanos": remaining,
            "captured_nanos": captured,
            "overage_nanos": 0,
            "expires_at": expires_at.isoformat(),
        },
        wallet={
            "wallet_id": str(wallet.id),
            "currency": wallet.currency,
            "balance_nanos": row.balance_after_nanos,
            "frozen_nanos": row.frozen_after_nanos,
            "receivable_nanos": row.receivable_after_nanos,
            "credit_limit_nanos": wallet.credit_limit_nanos,
            "version": row.seq,
        },
    )


def _told(**values: object) -> str:
    return json.dumps(values)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise RuntimeError(message)
