"""How much memory an export takes and how fast it is: `python -m tests.bench.exports [ROWS] [KIND] [FORMAT …]`.

A table of generated rows (KIND is audit, usage or transactions) is read through the product's own cursor, encoded, and
stored on the disk, as the worker's job does it. Prints; asserts nothing. Ten million rows of usage take some 5 GB of
disk while it runs.
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
FILLS = {
    ExportKind.AUDIT: """
    INSERT INTO audit_logs (id, at, event_type, org_id, actor, subject, trace_id, payload)
    SELECT uuidv7(), now(), 'api_key.created', %(org_id)s, 'user:' || n, 'key_' || n, md5(n::text),
           jsonb_build_object('n', n, 'name', 'key number ' || n)
    FROM generate_series(1, %(rows)s) AS n
    """,
    ExportKind.USAGE: """
    INSERT INTO usage_records (
        id, org_id, project_id, api_key_id, user_id, model_id, model_name, route, stream, input_uncached,
        input_cached_read, input_cache_write, input_audio, input_image, output_text, output_reasoning, output_audio,
        output_image, cost_picos, cost_nanos, currency, usage_source, ending, trace_id, capture_ref, started_at,
        ended_at, latency_ms, attempts
    )
    SELECT uuidv7(), %(org_id)s, %(org_id)s, %(org_id)s, %(org_id)s, %(org_id)s, 'model-' || n %% 10,
           'chat.completions', true, n %% 1000, 7, 0, 0, 0, n %% 300, 0, 0, 0, n * 1000::bigint, n, 'USD', 'upstream',
           'completed', md5(n::text), 'capture:' || n, now(), now(), n %% 5000, 1
    FROM generate_series(1, %(rows)s) AS n
    """,
    # A payment and what it paid for, by turns.
    ExportKind.TRANSACTIONS: """
    INSERT INTO transactions (
        id, org_id, wallet_id, seq, type, ref, amount_nanos, balance_delta_nanos, frozen_delta_nanos,
        receivable_delta_nanos, released_nanos, balance_after_nanos, frozen_after_nanos, receivable_after_nanos,
        currency, late, ends_hold, trace_id, actor, description, at
    )
    SELECT uuidv7(), %(org_id)s, %(org_id)s, n, CASE n %% 2 WHEN 1 THEN 'top_up' ELSE 'adjust' END, 'ref:' || n,
           side * n, side * n, 0, 0, 0, n, 0, 0, 'USD', false, false, md5(n::text), 'user:' || n, 'payment ' || n,
           now() - (%(rows)s - n) * interval '1 millisecond'
    FROM generate_series(1, %(rows)s) AS n, LATERAL (SELECT CASE n %% 2 WHEN 1 THEN 1 ELSE -1 END AS side) AS sign
    """,
}
# More indexes would make the filling several times as long; the export reads that of the organization.
UNREAD = {
    ExportKind.AUDIT: ("DROP INDEX audit_logs_trace", "DROP INDEX audit_logs_stored"),
    ExportKind.USAGE: (
        "DROP INDEX usage_records_trace",
        "ALTER TABLE usage_records DROP CONSTRAINT usage_records_capture_unique",
    ),
    ExportKind.TRANSACTIONS: ("DROP INDEX transactions_trace",),
}
DATABASE = "bench"


def main(arguments: Sequence[str]) -> None:
    rows = int(arguments[0]) if arguments else ROWS_DEFAULT
    kind = next((ExportKind(text) for text in arguments[1:] if text in FILLS), ExportKind.AUDIT)
    formats = [ExportFormat(text) for text in arguments[1:] if text not in FILLS] or list(ExportFormat)
    with tempfile.TemporaryDirectory(prefix="ds-") as directory:
        server = EmbeddedPostgres(Path(directory), settings=TESTING_SETTINGS)
        server.start()
        try:
            url = _filled(server, kind, rows)
            for wanted in formats:
                asyncio.run(_measure(url, Path(directory), replace(EXPORT, kind=kind, format=wanted)))
        finally:
            server.stop()


def _filled(server: EmbeddedPostgres, kind: ExportKind, rows: int) -> str:
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    url = server.url(DATABASE)
    migrate(url)
    began = time.perf_counter()
    with psycopg.connect(url) as connection:
        for statement in UNREAD[kind]:
            connection.execute(statement.encode())
        connection.execute(FILLS[kind].encode(), {"org_id": EXPORT.org_id, "rows": rows})
    _tell(f"{rows:,} rows of {kind} made in {time.perf_counter() - began:.0f} s")
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
