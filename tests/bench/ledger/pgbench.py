"""The function of function.sql under pgbench: one transaction an operation, with hardly any client at all.

How many clients are best is a question of the machine, so several counts are tried and the best is kept.
"""

import asyncio
import re
import resource
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.bench.ledger.bank import Bank
from tests.bench.ledger.load import Observed, percentiles

CLIENTS_TRIED = (1, 2, 4, 8, 16, 32, 64)
BEYOND_SECONDS_MAX = 30
"""How much longer than it was told pgbench may take, before it is given up."""

_HERE = Path(__file__).parent
_RATE = re.compile(r"^tps = ([\d.]+) \(without initial connection time\)$", re.MULTILINE)
_runs = count()


async def install_functions(bank: Bank) -> None:
    """Makes the functions of function.sql."""
    async with bank.pool.connection() as connection:
        await connection.execute((_HERE / "function.sql").read_bytes())


async def best_clients(bank: Bank, wallets: Sequence[int]) -> int:
    """The count of clients with which most operations are done in a second."""
    rates = {}
    for clients in CLIENTS_TRIED:
        rates[clients] = (await observe_pgbench(bank, wallets, clients=clients, seconds=1)).rate
    return max(rates, key=lambda clients: rates[clients])


async def observe_pgbench(bank: Bank, wallets: Sequence[int], *, clients: int, seconds: float) -> Observed:
    """pgbench counts whole seconds."""
    with tempfile.TemporaryDirectory(prefix="ds-") as directory:
        written, server = await bank.rows(), bank.cpu_seconds()
        used = _children_seconds()
        told = await _run(bank, wallets, clients=clients, seconds=max(1, round(seconds)), directory=Path(directory))
        used, server = _children_seconds() - used, bank.cpu_seconds() - server
        latencies = _latencies(Path(directory))
    found = _RATE.search(told)
    if found is None or await bank.rows() - written != len(latencies):
        raise RuntimeError(f"pgbench didn't do what it was told: {told}")
    operations = len(latencies)
    p50, p99 = percentiles(latencies)
    return Observed(
        operations=operations,
        seconds=operations / float(found[1]),
        p50_ms=p50,
        p99_ms=p99,
        client_micros=used / operations * 1e6,
        postgres_micros=server / operations * 1e6,
        batch=1.0 if len(wallets) == 1 else None,
    )


async def _run(bank: Bank, wallets: Sequence[int], *, clients: int, seconds: int, directory: Path) -> str:
    """What pgbench prints."""
    target = conninfo_to_dict(bank.url)
    given = {"first": min(wallets), "last": max(wallets), "n": 0, "run": next(_runs)}
    arguments = [
        *("-h", target["host"], "-p", str(target.get("port", 5432)), "-U", target["user"]),
        *("-n", "-M", "prepared", "-c", str(clients), "-T", str(seconds), "-f", str(_HERE / "operation.pgbench")),
        *("-l", f"--log-prefix={directory / 'log'}"),
        *(f"--define={name}={value}" for name, value in given.items()),
        str(target["dbname"]),
    ]
    process = await asyncio.create_subprocess_exec(
        _binary(bank), *map(str, arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(seconds + BEYOND_SECONDS_MAX):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"pgbench failed: {told.decode(errors='replace')}")
    return told.decode()


def _binary(bank: Bank) -> Path:
    """The pgbench beside the server's own program, so that it fits it."""
    return Path(f"/proc/{bank.server.pid}/exe").resolve().with_name("pgbench")


def _latencies(directory: Path) -> list[float]:
    """From pgbench's logs, a line a transaction: client, number, microseconds, …; in seconds."""
    lines = [line for log in directory.glob("log*") for line in log.read_text().splitlines()]
    return [int(line.split()[2]) / 1e6 for line in lines]


def _children_seconds() -> float:
    """CPU time of children that are gone, pgbench among them; the server isn't."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
