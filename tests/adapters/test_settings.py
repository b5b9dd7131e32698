"""Settings: every fault at once, nothing secret shown, and `.env.example` kept in step."""

import re
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest

from deepspace_adapters.settings import (
    Settings,
    SettingsFault,
    env_name,
    environ_of,
    environ_with,
    load_settings,
    render_example,
)

ROOT = Path(__file__).parents[2]
UPSTREAM = {"DEEPSPACE_NEWAPI_BASE_URL": "http://newapi:3000/v1/", "DEEPSPACE_NEWAPI_API_KEY": "sk-upstream"}


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert (settings.http_host, settings.http_port, settings.body_bytes_max) == ("127.0.0.1", 8080, 10 * 2**20)
    assert settings.database_url is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("HTTP_PORT", " 9000 ", 9000),
        ("TRUSTED_PROXIES", "10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1/128"))),
        ("BODY_BYTES_MAX", "2 MiB", 2 * 2**20),
        ("BODY_BYTES_MAX", "4096", 4096),
        ("DRAIN_SECONDS", "2.5", 2.5),
        ("REGISTRATION_OPEN", "off", False),
        ("SESSION_COOKIE_SECURE", "True", True),
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("PUBLIC_URL", "https://ai.example.com/", "https://ai.example.com"),
        ("DATA_DIR", "/var/lib/deepspace", Path("/var/lib/deepspace")),
        ("REDIS_URL", "", None),
    ],
)
def test_a_value_is_read_as_its_type(name: str, text: str, value: object) -> None:
    settings = load_settings({f"DEEPSPACE_{name}": text})
    assert getattr(settings, name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("HTTP_PORT", "http", "must be a whole number from 1 to 65535"),
        ("HTTP_PORT", "70000", "must be a whole number from 1 to 65535"),
        ("DATABASE_URL", "mysql://u:hunter2@db/x", "must be a URL that begins with postgresql://"),
        ("DATABASE_URL", "postgresql://u:hunter2@db:port/x", "must be a URL that begins with postgresql://"),
        ("PUBLIC_URL", "ai.example.com", "must begin with http:// or https://"),
        ("PUBLIC_URL", "http://[::1", "must begin with http:// or https://"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "must list networks"),
        ("BODY_BYTES_MAX", "10 parsecs", "must be a size from"),
        ("DRAIN_SECONDS", "nan", "must be seconds from 0 to 3600"),
        ("REGISTRATION_OPEN", "maybe", "must be yes or no"),
        ("LOG_FORMAT", "xml", "must be one of json, text"),
        ("ADMIN_EMAIL", "root", "must be an e-mail address"),
        ("HTTP_PROT", "80", "is not a setting: did you mean DEEPSPACE_HTTP_PORT?"),
        ("BLANKETS", "7", "is not a setting"),
    ],
)
def test_a_bad_value_is_told_by_name_with_its_problem(name: str, text: str, problem: str) -> None:
    with pytest.raises(SettingsFault) as caught:
        load_settings({f"DEEPSPACE_{name}": text})
    message = caught.value.message
    assert f"DEEPSPACE_{name} {problem}" in message
    assert "hunter2" not in message


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(SettingsFault) as caught:
        load_settings({"DEEPSPACE_HTTP_PORT": "x", "DEEPSPACE_LOG_LEVEL": "loud", "DEEPSPACE_ADMIN_EMAIL": "a@b"})
    assert [fault.name for fault in caught.value.faults] == [
        "DEEPSPACE_ADMIN_PASSWORD",
        "DEEPSPACE_HTTP_PORT",
        "DEEPSPACE_LOG_LEVEL",
    ]


@pytest.mark.parametrize("present", list(UPSTREAM))
def test_half_an_upstream_is_a_fault_that_names_the_other_half(present: str) -> None:
    absent = next(name for name in UPSTREAM if name != present)
    with pytest.raises(SettingsFault) as caught:
        load_settings({present: UPSTREAM[present], absent: ""})
    assert caught.value.param == absent
    assert f"unset {present}" in caught.value.message


def test_a_secret_is_not_in_the_repr_and_is_still_text() -> None:
    settings = load_settings({**UPSTREAM, "DEEPSPACE_DATABASE_URL": "postgresql://u:hunter2@db/x"})
    assert "hunter2" not in repr(settings)
    assert "sk-upstream" not in repr(settings)
    assert settings.newapi_api_key == "sk-upstream"


def test_names_of_others_are_left_alone() -> None:
    assert load_settings({"PATH": "/bin", "POSTGRES_PASSWORD": "x"}) == Settings()


def test_settings_survive_the_way_through_a_childs_environment() -> None:
    settings = load_settings(
        {
            **UPSTREAM,
            "DEEPSPACE_TRUSTED_PROXIES": "10.0.0.0/8,fd00::/8",
            "DEEPSPACE_REGISTRATION_OPEN": "no",
            "DEEPSPACE_PASSTHROUGH": "GET batches/*, POST videos=video-model",
        }
    )
    assert load_settings(environ_of(settings)) == settings


def test_what_a_command_requires_is_named_with_an_example() -> None:
    with pytest.raises(SettingsFault, match="DEEPSPACE_REDIS_URL is not set: for example") as caught:
        Settings().require("database_url", "redis_url", "data_dir")
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("settings", "url", "secure"),
    [
        (Settings(), "http://127.0.0.1:8080", False),
        (Settings(http_host="0.0.0.0", http_port=80), "http://127.0.0.1:80", False),  # noqa: S104
        (Settings(http_host="::1"), "http://[::1]:8080", False),
        (Settings(public_url="https://ai.example.com"), "https://ai.example.com", True),
        (Settings(public_url="https://ai.example.com", session_cookie_secure=False), "https://ai.example.com", False),
    ],
)
def test_the_public_address_decides_whether_cookies_are_secure(settings: Settings, url: str, secure: bool) -> None:
    assert settings.base_url == url
    assert settings.cookies_secure is secure


def test_a_dotenv_file_fills_in_and_the_environment_wins(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("# comment\n\nexport DEEPSPACE_HTTP_PORT='9000'\nDEEPSPACE_LOG_LEVEL=ERROR\n")
    environ = environ_with(dotenv, {"DEEPSPACE_LOG_LEVEL": "DEBUG"})
    assert environ == {"DEEPSPACE_HTTP_PORT": "9000", "DEEPSPACE_LOG_LEVEL": "DEBUG"}
    assert environ_with(tmp_path / "absent", {}) == {}


def test_a_dotenv_line_that_assigns_nothing_is_told_by_number(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("DEEPSPACE_HTTP_PORT 9000\n")
    with pytest.raises(SettingsFault, match=r"\.env line 1"):
        environ_with(dotenv, {})


def test_the_example_file_is_what_the_declarations_say() -> None:
    assert (ROOT / ".env.example").read_text() == render_example(), "run `make env-example`"


def test_every_default_in_the_example_file_loads_when_uncommented() -> None:
    optional = {env_name(one.name) for one in fields(Settings) if one.default is None}
    lines = re.findall(r"^#(DEEPSPACE_\w+)=(.*)$", render_example(), re.MULTILINE)
    assert len(lines) == len(fields(Settings))
    assert load_settings({name: value for name, value in lines if name not in optional}) == Settings()
