"""The doctor: each thing that can be wrong is found, named, and comes with what to do."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner

from deepspace_adapters.cli.checks import Status, check_database, check_port, check_redis, check_upstream
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.main import cli
from deepspace_adapters.cli.port_holder import port_holder
from deepspace_adapters.setting_values import Secret
from deepspace_adapters.settings import Settings

KEY = "sk-upstream"


class Upstream(BaseHTTPRequestHandler):
    """Answers /v1/models, to the right key only."""

    models: ClassVar[list[str]] = ["tiny"]

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            self._answer(404, {"error": "no such page"})
        elif self.headers["Authorization"] != f"Bearer {KEY}":
            self._answer(401, {"error": "who?"})
        else:
            self._answer(200, {"data": [{"id": name} for name in self.models]})

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  # the base class's name

    def _answer(self, status: int, body: object) -> None:
        encoded = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def examined(directory: Path, environ: dict[str, str]) -> tuple[int, dict[str, Any]]:
    deployment = Deployment(environ=environ, directory=directory)
    result = CliRunner().invoke(cli, ["doctor", "--json"], obj=deployment)
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize(
    ("path", "key", "status", "seen"),
    [
        ("/v1", KEY, Status.OK, "1 models"),
        ("/v1", "sk-wrong", Status.FAILED, "refuses our key (401)"),
        ("", KEY, Status.FAILED, "answers 404, not a list of models"),
    ],
)
def test_the_upstream_is_asked_for_its_models(path: str, key: str, status: Status, seen: str) -> None:
    with serving(Upstream) as port:
        settings = Settings(newapi_base_url=f"http://127.0.0.1:{port}{path}", newapi_api_key=Secret(key))
        finding = check_upstream(settings)
    assert finding.status is status
    assert seen in finding.seen
    assert KEY not in f"{finding.seen}{finding.fix}"


def test_an_upstream_that_is_down_is_told_from_a_wrong_key() -> None:
    settings = Settings(newapi_base_url=f"http://127.0.0.1:{closed_port()}/v1", newapi_api_key=Secret(KEY))
    finding = check_upstream(settings)
    assert finding.status is Status.FAILED
    assert "is it running" in finding.fix


def test_a_healthy_database_passes_every_check(database_url: str) -> None:
    findings = list(check_database(Settings(database_url=Secret(database_url))))
    found = {finding.name: finding.status for finding in findings}
    assert found["schema"] is Status.OK
    assert found["clock"] is Status.OK
    assert Status.FAILED not in {found["pgvector"], found["clock"]}


def test_a_database_without_its_schema_is_sent_to_migrate(empty_database_url: str) -> None:
    findings = list(check_database(Settings(database_url=Secret(empty_database_url))))
    schema = next(finding for finding in findings if finding.name == "schema")
    assert schema.status is Status.FAILED
    assert "deepspace migrate up" in schema.fix


def test_a_database_whose_commits_may_be_lost_is_refused(database_url: str) -> None:
    # The server of the tests runs without fsync, which is just what must never carry money.
    findings = list(check_database(Settings(database_url=Secret(database_url))))
    assert findings[0].status is Status.FAILED
    assert "survive a power cut" in findings[0].fix


def test_a_database_that_is_down_does_not_show_its_password() -> None:
    url = Secret(f"postgresql://u:hunter2@127.0.0.1:{closed_port()}/x")
    [finding] = check_database(Settings(database_url=url))
    assert finding.status is Status.FAILED
    assert "hunter2" not in f"{finding.seen}{finding.fix}"


def test_redis_is_asked_for_its_version(redis_url: str) -> None:
    finding = check_redis(Settings(redis_url=Secret(redis_url)))
    assert finding.status is Status.OK
    assert "noeviction" in finding.seen


def test_redis_that_is_down_is_found() -> None:
    finding = check_redis(Settings(redis_url=Secret(f"redis://:hunter2@127.0.0.1:{closed_port()}/0")))
    assert finding.status is Status.FAILED
    assert "hunter2" not in finding.seen


def test_a_port_that_somebody_else_has_is_named_with_its_holder() -> None:
    with serving(Upstream) as port:
        finding = check_port(Settings(http_port=port))
        holder = port_holder(port)
    assert finding.status is Status.FAILED
    assert "DEEPSPACE_HTTP_PORT" in finding.fix
    assert holder is None or holder in finding.seen
    assert check_port(Settings(http_port=closed_port())).status is Status.OK


def test_without_a_stack_the_doctor_says_that_one_will_be_started(tmp_path: Path) -> None:
    code, told = examined(tmp_path, {"DEEPSPACE_HTTP_PORT": str(closed_port())})
    assert (code, told["healthy"]) == (0, True)
    assert {check["name"] for check in told["checks"] if check["status"] == "skipped"} == {
        "PostgreSQL",
        "Redis",
        "NewAPI",
    }


def test_every_fault_of_the_settings_is_a_check_of_its_own(tmp_path: Path) -> None:
    environ = {"DEEPSPACE_HTTP_PORT": "x", "DEEPSPACE_LOG_FORMAT": "xml"}
    code, told = examined(tmp_path, environ)
    assert (code, told["healthy"]) == (1, False)
    assert {check["name"] for check in told["checks"]} == set(environ)


def test_the_doctor_fails_when_a_named_dependency_is_down(tmp_path: Path) -> None:
    environ = {
        "DEEPSPACE_REDIS_URL": f"redis://127.0.0.1:{closed_port()}/0",
        "DEEPSPACE_HTTP_PORT": str(closed_port()),
    }
    deployment = Deployment(environ=environ, directory=tmp_path)
    result = CliRunner().invoke(cli, ["doctor"], obj=deployment)
    assert result.exit_code == 1
    assert "is DEEPSPACE_REDIS_URL right?" in result.stdout
