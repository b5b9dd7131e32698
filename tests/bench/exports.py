"""How much memory an export takes and how fast it is: `python -m tests.bench.exports [ROWS] [FORMAT]`.

A generated table of events is read through the product's own cursor, encoded, and stored on the disk, as the worker's
job does it. Prints; asserts nothing.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg

from deepspace_adapters.embedded.postgres import TESTING_SETTINGS, EmbeddedPostgres
from deepspace_adapters.parquet.encoder import ArrowParquetEncoder
from deepspace_adapters.postgres.export_rows import PostgresExportRows
from deepspace_adapters.postgres.migrate import migrate
from deepspace_adapters.postgres.pool import make_pool
from deepspace_adapters.storage.objects import LocalObjects
from deepspace_core.exports import COLUMNS, Export, ExportFormat, ExportKind, Row
from deepspace_core.exports.export import EXPORT_BYTES_MAX, zone_of
from deepspace_core.exports.text_format import encode_text
from tests.core.exports.test_writing import EXPORT

ROWS_DEFAULT = 10_000_000
FILL = """
    INSERT INTO audit_logs (id, at, event_type, org_id, actor, subject, trace_id, payload)
    SELECT uuidv7(), now(), 'api_key.created', %(org_id)s, 'user:' || n, 'key_' || n, md5(n::text),
           jsonb_build_object('n', n, 'name', 'key number ' || n)
    FROM generate_series(1, %(rows)s) AS n
"""
DATABASE = "bench"


def main(arguments: Sequence[str]) -> None:
    rows = int(arguments[0]) if arguments else ROWS_DEFAULT
    formats = [ExportFormat(text) for text in arguments[1:]] or list(ExportFormat)
    with tempfile.TemporaryDirectory(prefix="ds-") as directory:
        server = EmbeddedPostgres(Path(directory), settings=TESTING_SETTINGS)
        server.start()
        try:
            url = _filled(server, rows)
            for wanted in formats:
                asyncio.run(_measure(url, Path(directory), replace(EXPORT, kind=ExportKind.AUDIT, format=wanted)))
        finally:
            server.stop()


def _filled(server: EmbeddedPostgres, rows: int) -> str:
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    url = server.url(DATABASE)
    migrate(url)
    began = time.perf_counter()
    with psycopg.connect(url) as connection:
        # More indexes would make the filling several times as long; the export reads that of the organization.
        for name in ("audit_logs_trace", "audit_logs_stored"):
            connection.execute(f"DROP INDEX {name}".encode())
        connection.execute(FILL.encode(), {"org_id": EXPORT.org_id, "rows": rows})
    _tell(f"{rows:,} rows made in {time.perf_counter() - began:.0f} s")
    return url


async def _measure(url: str, directory: Path, export: Export) -> None:
    pool = make_pool(url, application="bench")
    await pool.open(wait=True)
    objects, count = LocalObjects(directory / "files"), 0

    async def counted() -> AsyncIterator[Sequence[Row]]:
        nonlocal count
        async for batch in PostgresExportRows(pool).read(export):
            count += len(batch)
            yield batch

    before_kib, began = _peak_kib(), time.perf_counter()
    columns = COLUMNS[export.kind]
    chunks = (
        ArrowParquetEncoder().encode(columns, counted())
        if export.format is ExportFormat.PARQUET
        else encode_text(export.format, columns, counted(), zone=zone_of("UTC"))
    )
    stored = await objects.put(export.key, chunks, bytes_max=EXPORT_BYTES_MAX)
    seconds = time.perf_counter() - began
    await objects.delete(export.key)
    await pool.close()
    _tell(
        f"{export.format.value:8} {count:>12,} rows {stored.size_bytes / 2**20:8.0f} MiB {seconds:7.1f} s "
        f"{count / seconds:10,.0f} rows/s  peak RSS {before_kib / 1024:.0f} -> {_peak_kib() / 1024:.0f} MiB"
    )


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(sys.argv[1:])
