"""A bare transaction: what one durable change of two rows costs through psycopg, with one caller and nothing decided.

BEGIN; UPDATE one wallet by its primary key; INSERT one transaction row; COMMIT, on copies of the two tables with all
their columns, checks and indexes. Both statements are prepared. Measured twice: statement by statement, as everybody
writes it, and in pipeline mode, all of it in one round trip.
"""

import time
from dataclasses import dataclass

from psycopg import AsyncConnection

from deepspace_adapters.postgres import sql
from deepspace_adapters.system import SystemIds
from tests.bench.ledger.bank import HOT, Bank, caller
from tests.bench.ledger.load import WARM_SECONDS, Observed, percentiles
from tests.bench.ledger.single import Connection
from tests.core.ledger.asking import Caller


@dataclass(frozen=True, slots=True)
class _Statements:
    add_wallets: sql.Statement
    add_rows: sql.Statement
    copy_wallet: sql.Statement
    update_wallet: sql.Statement
    insert_row: sql.Statement


SQL = sql.load(__file__, _Statements)


async def observe_bare(bank: Bank, *, seconds: float, pipelined: bool) -> Observed:
    """One caller, one transaction after the other."""
    spender = caller(HOT)
    async with await AsyncConnection.connect(bank.url) as connection:
        await connection.execute(b"DROP TABLE IF EXISTS bench_bare_wallets, bench_bare_rows")
        for statement in (SQL.add_wallets, SQL.add_rows, SQL.copy_wallet):
            await connection.execute(statement, {"wallet_id": spender.wallet_id} if b"%" in statement else None)
        await connection.commit()
        await _run(connection, spender, seconds=WARM_SECONDS, pipelined=pipelined)
        process, server = time.process_time(), bank.cpu_seconds()
        begun = time.perf_counter()
        latencies = await _run(connection, spender, seconds=seconds, pipelined=pipelined)
        taken = time.perf_counter() - begun
        process, server = time.process_time() - process, bank.cpu_seconds() - server
    p50, p99 = percentiles(latencies)
    count = len(latencies)
    return Observed(count, taken, p50, p99, process / count * 1e6, server / count * 1e6)


async def _run(connection: Connection, spender: Caller, *, seconds: float, pipelined: bool) -> list[float]:
    ids, latencies, until = SystemIds(), list[float](), time.perf_counter() + seconds
    while (begun := time.perf_counter()) < until:
        ref = ids.uuid()
        row = {
            "id": ref,
            "org_id": spender.org_id,
            "wallet_id": spender.wallet_id,
            "seq": len(latencies) + 1,
            "ref": ref.hex,
            "trace_id": spender.trace_id,
        }
        if pipelined:
            async with connection.pipeline():
                await _write(connection, row)
        else:
            await _write(connection, row)
        latencies.append(time.perf_counter() - begun)
    return latencies


async def _write(connection: Connection, row: dict[str, object]) -> None:
    await connection.execute(SQL.update_wallet, row, prepare=True)
    await connection.execute(SQL.insert_row, row, prepare=True)
    await connection.commit()
