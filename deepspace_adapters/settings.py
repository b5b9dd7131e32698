"""Environment in, frozen and validated `Settings` out.

Rules: a setting is declared once, below, with how it is read, its default and one line about it; `.env.example` is
rendered from the same declarations (`make env-example`). Reading never stops at the first fault: everything that is
wrong with an environment is told at once. An empty value counts as unset, since that is all compose files can pass.
Only the composition root reads settings; everything else is given values.
"""

# ruff: noqa: RUF009
# The calls in the dataclass below make its field descriptions; they run once, which is what is wanted.

import difflib
import sys
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TypeVar

from deepspace_adapters.setting_values import (
    Secret,
    boolean,
    bytes_between,
    count_between,
    email,
    networks,
    one_of,
    passed_routes,
    path,
    seconds_between,
    secret_keys,
    secret_text,
    secret_url,
    text,
    web_url,
)
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.pipeline.passthrough import PassedRoute

PREFIX = "DEEPSPACE_"
DAY_SECONDS = 86_400

Value = TypeVar("Value")


def setting(read: Callable[[str], Value], default: str, about: str, *, section: str = "") -> Value:
    """Declares a setting with a default, written the way the environment would write it."""
    metadata = {"read": read, "about": about, "shown": default, "section": section}
    declared: Value = field(default=read(default), metadata=metadata)
    return declared


def optional(read: Callable[[str], Value], example: str, about: str, *, section: str = "") -> Value | None:
    """Declares a setting that may stay unset; `example` is what the documentation shows."""
    metadata = {"read": read, "about": about, "shown": example, "section": section}
    declared: Value | None = field(default=None, metadata=metadata)
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployment decides. Times are seconds, sizes bytes, unless the name's last word says otherwise."""

    # fmt: off
    database_url: Secret | None = optional(
        secret_url("postgresql", "postgres"), "postgresql://deepspace:PASSWORD@localhost:5432/deepspace",
        "PostgreSQL 15 or newer with pgvector. Unset: `deepspace up` starts an embedded one.", section="Dependencies")
    redis_url: Secret | None = optional(
        secret_url("redis", "rediss", "unix"), "redis://localhost:6379/0",
        "Redis 6.2 or newer. Unset: `deepspace up` starts an embedded one.")
    newapi_base_url: str | None = optional(
        web_url, "http://localhost:3000/v1",
        "The OpenAI-compatible upstream, with its /v1. Unset: `deepspace up` serves a small local model.")
    newapi_api_key: Secret | None = optional(
        secret_text(1), "sk-…", "The credential that DeepSpace shows to NewAPI. Goes with DEEPSPACE_NEWAPI_BASE_URL.")
    data_dir: Path = setting(
        path, ".deepspace", "Where embedded servers, kept credentials and the gateway's journal live.")

    otlp_endpoint: str | None = optional(
        web_url, "http://localhost:4318",
        "An OpenTelemetry collector (OTLP over HTTP) that is told of calls. Needs deepspace-workflows[tracing].")

    secret_key: Secret | None = optional(
        secret_keys(32), "base64 of 32 random bytes",
        "Seals credentials that are stored (openssl rand -base64 32); several, comma-separated: the first seals, all "
        "open. Unset: a key is made and kept in DEEPSPACE_DATA_DIR.")

    http_host: str = setting(text, "127.0.0.1", "The address that the gateway listens on.", section="Gateway")
    http_port: int = setting(count_between(1, 65_535), "8080", "The port that the gateway listens on.")
    http_processes: int = setting(count_between(1, 256), "1", "Gateway processes that share the port.")
    public_url: str | None = optional(
        web_url, "https://ai.example.com", "What people type to reach this gateway. Unset: http://HOST:PORT.")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = setting(
        networks, "", "Networks (CIDR, comma-separated) whose X-Forwarded-For is believed. Empty: nobody's.")
    body_bytes_max: int = setting(
        bytes_between(1_024, 2**30), "10MiB", "The largest request body; a larger one is refused with 413.")
    upload_bytes_max: int = setting(
        bytes_between(1_024, 2**31), "32MiB", "The largest form with a file; a larger one is refused with 413.")
    passthrough: tuple[PassedRoute, ...] = setting(
        passed_routes, "", "Further routes of /v1 to pass through, at the price of a request: METHOD path[=model], …")
    streams_max: int = setting(
        count_between(1, 100_000), "1000", "Answers one gateway process streams at once; beyond them it says 503.")
    drain_seconds: float = setting(
        seconds_between(0, 3_600), "30", "How long a stopping gateway or worker lets running work finish.")

    idempotency_seconds: int = setting(
        count_between(60, 30 * DAY_SECONDS), "86400", "How long the answer to a call with an Idempotency-Key is kept.")

    upstream_connect_timeout_seconds: float = setting(
        seconds_between(0.1, 300), "5", "To connect to the upstream.", section="Upstream")
    upstream_first_byte_timeout_seconds: float = setting(
        seconds_between(1, 3_600), "120", "From the request sent to the first byte of its answer.")
    upstream_idle_timeout_seconds: float = setting(
        seconds_between(1, 3_600), "120", "The longest silence inside an answer.")
    hold_lifetime_seconds: int = setting(
        count_between(5, 7 * DAY_SECONDS), "3600", "How long a call's estimate stays held if nothing settles it.")

    requests_per_minute: int = setting(
        count_between(0, 10_000_000), "600", "Requests a minute for each key or web session. 0: no limit.",
        section="Limits")
    tokens_per_minute: int = setting(
        count_between(0, 10**12), "0", "Tokens a minute for each key or web session. 0: no limit.")
    requests_per_day: int = setting(
        count_between(0, 10**9), "0", "Requests in 24 hours for each key or web session. 0: no limit.")
    tokens_per_day: int = setting(
        count_between(0, 10**12), "0", "Tokens in 24 hours for each key or web session. 0: no limit.")
    concurrent_requests: int = setting(
        count_between(0, 100_000), "64", "Requests at once for each key or web session. 0: no limit.")

    s3_bucket: str | None = optional(
        text, "deepspace", "The bucket that files are stored in. Unset: under DEEPSPACE_DATA_DIR.", section="Storage")
    s3_endpoint: str | None = optional(
        web_url, "http://localhost:9000", "An S3-compatible server such as MinIO. Unset: Amazon's own of the region.")
    s3_region: str = setting(text, "us-east-1", "The bucket's region.")
    s3_access_key_id: Secret | None = optional(
        secret_text(1), "deepspace", "Who we are there. Goes with DEEPSPACE_S3_BUCKET.")
    s3_secret_access_key: Secret | None = optional(secret_text(1), "…", "Its secret. Goes with DEEPSPACE_S3_BUCKET.")
    file_bytes_max: int = setting(bytes_between(1, 2**36), "512MiB", "The largest file that can be uploaded.")
    storage_bytes_max: int = setting(
        bytes_between(0, 2**50), "10GiB", "What each organization may store in all. 0: no quota.")

    outgoing_allowed_networks: tuple[IPv4Network | IPv6Network, ...] = setting(
        networks, "", "Inner networks (CIDR, comma-separated) that webhooks may go to. Empty: the internet only.",
        section="Requests to the outside")

    registration_open: bool = setting(
        boolean, "yes", "Whether anybody may register; otherwise an administrator creates users.", section="People")
    session_cookie_secure: bool | None = optional(
        boolean, "yes", "Whether session cookies travel over https only. Unset: as DEEPSPACE_PUBLIC_URL says.")
    admin_email: str | None = optional(
        email, "admin@example.com", "The first administrator. Unset: `deepspace up` makes admin@deepspace.localhost.")
    admin_password: Secret | None = optional(
        secret_text(12), "…", "The first administrator's password, 12 characters or more.")

    database_pool_size: int = setting(
        count_between(1, 500), "10", "PostgreSQL connections of each gateway or worker process.", section="Processes")
    worker_threads: int = setting(count_between(1, 256), "8", "Jobs that one worker process runs at once.")
    keep_request_logs_months: int = setting(
        count_between(0, 1_200), "0", "Whole months of request logs that are kept; older ones go into the storage as "
        "JSON Lines. 0: all of them.")
    keep_usage_months: int = setting(
        count_between(0, 1_200), "0", "The same of usage records; their sums stay for ever. 0: all of them.")
    worker_metrics_port: int | None = optional(
        count_between(1, 65_535), "9464", "Where a worker answers /metrics. Unset: nowhere. One worker a port.")
    worker_metrics_host: str = setting(text, "127.0.0.1", "The address that it listens on for that; it asks no token.")
    metrics_token: Secret | None = optional(
        secret_text(16), "…", "What scrapers elsewhere show to /metrics as a Bearer token. Unset: this machine only.")
    log_level: str = setting(
        one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "The least severe line worth writing.")
    log_format: str = setting(one_of("json", "text"), "json", "json for machines, text for people.")
    # fmt: on

    @property
    def base_url(self) -> str:
        """Where people reach the gateway, without a slash at its end."""
        host = "127.0.0.1" if self.http_host in {"0.0.0.0", "::"} else self.http_host  # noqa: S104  # compared, not bound
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.http_port}"

    @property
    def cookies_secure(self) -> bool:
        """Whether session cookies are marked Secure."""
        if self.session_cookie_secure is not None:
            return self.session_cookie_secure
        return self.base_url.startswith("https://")

    def require(self, *names: str) -> None:
        """Raises SettingsFault naming each of the fields `names` that is unset."""
        missing = [name for name in names if getattr(self, name) is None]
        if missing:
            raise SettingsFault([_absent(name) for name in missing])


TOGETHER = (
    ("newapi_base_url", "newapi_api_key"),
    ("admin_email", "admin_password"),
    ("s3_bucket", "s3_access_key_id", "s3_secret_access_key"),
)
"""Groups that make sense only whole. Half of one is a fault: silently ignoring it would start the embedded twin."""

COMPOSE_ONLY = {
    "POSTGRES_PASSWORD": "of the superuser of the database that compose.yaml runs",
    "POSTGRES_DEEPSPACE_PASSWORD": "of the database user `deepspace`",
    "POSTGRES_NEWAPI_PASSWORD": "of the database user `newapi`",
    "REDIS_PASSWORD": "of Redis",
    "MINIO_ROOT_PASSWORD": "of the object storage's root user `deepspace`",
    "NEWAPI_SESSION_SECRET": "signs NewAPI's own sessions",
}
"""What compose.yaml asks of .env beside our settings: passwords of the servers it runs."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one name of the environment."""

    name: str
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.name} {self.problem}: {self.fix}"


class SettingsFault(DeepSpaceError):
    """The environment can't be used; `faults` lists everything that is wrong with it, not the first thing."""

    code = "invalid_settings"

    def __init__(self, faults: list[Fault]) -> None:
        told = "\n".join(f"  - {fault}" for fault in faults)
        super().__init__(f"the settings can't be used:\n{told}", param=faults[0].name, names=[f.name for f in faults])
        self.faults = tuple(faults)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Reads every `DEEPSPACE_*` name of `environ`. Raises one SettingsFault naming all that is wrong."""
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value.strip()}
    declared = {env_name(one.name): one for one in fields(Settings)}
    faults = [_unknown(name, list(declared)) for name in given.keys() - declared.keys()]
    values: dict[str, object] = {}
    for name in given.keys() & declared.keys():
        try:
            values[declared[name].name] = declared[name].metadata["read"](given[name].strip())
        except ValueError as problem:
            faults.append(Fault(name, str(problem), f"for example {name}={_shown(declared[name])}"))
    faults += _halves(given)
    if faults:
        raise SettingsFault(sorted(faults, key=lambda fault: fault.name))
    return Settings(**values)  # type: ignore[arg-type]  # each value was read by its own field's reader


def env_name(field_name: str) -> str:
    """From the field to the environment: `http_port` -> `DEEPSPACE_HTTP_PORT`."""
    return PREFIX + field_name.upper()


def environ_with(dotenv: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` over the `NAME=value` lines of the file `dotenv`, where it exists. The environment wins.

    Raises SettingsFault for a line that is neither blank, a comment nor an assignment.
    """
    read: dict[str, str] = {}
    faults: list[Fault] = []
    for number, line in enumerate(dotenv.read_text(encoding="utf-8").splitlines() if dotenv.is_file() else [], 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not name or name.startswith("#"):
            continue
        if not equals:
            faults.append(Fault(f"{dotenv.name} line {number}", "is not an assignment", "write NAME=value"))
        read[name.strip()] = value.strip().strip("\"'")
    if faults:
        raise SettingsFault(faults)
    return {**read, **environ}


def environ_of(settings: Settings) -> dict[str, str]:
    """The settings as an environment that `load_settings` reads back to the same; for child processes."""
    return {
        env_name(one.name): _written(getattr(settings, one.name))
        for one in fields(Settings)
        if getattr(settings, one.name) is not None
    }


def render_example() -> str:
    """The text of `.env.example`."""
    lines = [
        "# Every setting of DeepSpace Workflows, with its default or an example. Copy it to .env.",
        "# Rendered from deepspace_adapters/settings.py by `make env-example`; edit there.",
    ]
    for one in fields(Settings):
        if one.metadata["section"]:
            lines += ["", f"# --- {one.metadata['section']}"]
        lines += ["", f"# {one.metadata['about']}", f"#{env_name(one.name)}={_shown(one)}".rstrip()]
    lines += ["", "# --- compose.yaml only: passwords of the servers it runs; it refuses to start without them"]
    for name, about in COMPOSE_ONLY.items():
        lines += ["", f"# {about[0].upper()}{about[1:]}.", f"#{name}="]
    return "\n".join(lines) + "\n"


def _written(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ",".join(str(one) for one in value)
        case _:
            return str(value)


def _shown(one: Field[object]) -> str:
    return str(one.metadata["shown"])


def _absent(name: str) -> Fault:
    shown = next(_shown(one) for one in fields(Settings) if one.name == name)
    return Fault(env_name(name), "is not set", f"for example {env_name(name)}={shown}, or let `deepspace up` start one")


def _unknown(name: str, known: list[str]) -> Fault:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return Fault(name, "is not a setting", f"did you mean {near[0]}?" if near else "see .env.example for all of them")


def _halves(given: Mapping[str, str]) -> list[Fault]:
    faults = []
    for group in TOGETHER:
        names = [env_name(name) for name in group]
        present = [name for name in names if name in given]
        if present and len(present) < len(names):
            fix = f"set it, or unset {' and '.join(present)}"
            faults += [Fault(name, f"is missing beside {present[0]}", fix) for name in names if name not in present]
    return faults


if __name__ == "__main__":
    sys.stdout.write(render_example())
