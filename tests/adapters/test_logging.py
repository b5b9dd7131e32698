"""Log lines: one object each, traced, and without secrets."""

import json
import logging
from collections.abc import Iterator

import pytest

from deepspace_adapters.logging import configure_logging, log_access, redact, traced
from deepspace_core.kernel.ids import TraceId

TRACE = TraceId("4bf92f3577b34da6a3ce929d0e0e4736")
KEY = "sk-ds-Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5"


@pytest.fixture(autouse=True)
def _restored_loggers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


def test_a_line_is_one_json_object_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="INFO", line_format="json", service="gateway")
    with traced(TRACE):
        logging.getLogger("deepspace.test").info("took %d ms", 12, extra={"api_key_id": "key_1", "n": 3})
    logging.getLogger("deepspace.test").debug("too small to tell")
    line = json.loads(capsys.readouterr().err)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "service": "gateway",
        "logger": "deepspace.test",
        "message": "took 12 ms",
        "trace_id": TRACE,
        "api_key_id": "key_1",
        "n": 3,
    }


def test_an_answered_request_is_a_line_like_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="INFO", line_format="json", service="gateway")
    for took_ms in (0.0, 12.345):
        with traced(TRACE):
            log_access("GET", '/{file:"a"}', 200, took_ms=took_ms)
    log_access("GET", "/", 499, took_ms=1e6)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert all(line.pop("time").endswith("Z") for line in lines)
    frame = {"level": "INFO", "service": "gateway", "logger": "deepspace.access"}
    told = {**frame, "message": 'GET /{file:"a"} 200', "route": '/{file:"a"}', "status": 200, "trace_id": TRACE}
    assert lines == [
        {**told, "took_ms": 0.0},
        {**told, "took_ms": 12.345},
        {**frame, "message": "GET / 499", "route": "/", "status": 499, "took_ms": 1e6},
    ]


@pytest.mark.parametrize("line_format", ["json", "text"])
def test_secrets_are_redacted_wherever_they_stand(line_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="INFO", line_format=line_format, service="gateway")
    log = logging.getLogger("deepspace.test")
    log.info("key %s", KEY, extra={"password": "hunter2", "headers": {"Authorization": "Bearer hunter2"}})
    try:
        int(f"could not reach postgresql://u:hunter2@db/x with {KEY}")
    except ValueError:
        log.exception("failed")
    written = capsys.readouterr().err
    assert "hunter2" not in written
    assert KEY[12:] not in written
    assert "could not reach postgresql://u:[redacted]@db/x" in written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (KEY, "sk-ds-[redacted]"),
        (KEY.replace("sk-ds-", "token ds-rt-"), "token ds-rt-[redacted]"),
        ("sk-ds-Zm9vYm", "sk-ds-Zm9vYm"),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer [redacted]"),
        ('{"password": "x"}', '{"password": "[redacted]"}'),
        ("redis://:pw@h:6379", "redis://:[redacted]@h:6379"),
        ("nothing here", "nothing here"),
    ],
)
def test_a_secret_is_known_by_its_looks(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize("name", ["uvicorn.error", "dramatiq", "psycopg.pool"])
def test_servers_write_the_same_lines_as_we_do(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = logging.getLogger(name)
    theirs.addHandler(logging.StreamHandler())
    configure_logging(level="INFO", line_format="json", service="worker")
    theirs.warning("careful")
    assert json.loads(capsys.readouterr().err)["logger"] == name
