"""The front ends' packages keep the same rules as the others: explained, used, pinned, without an address."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.house.source import files_under, listed, read_text

WEB = "deepspace_http/web"
PACKAGE: Mapping[str, Any] = json.loads(read_text(f"{WEB}/package.json"))
LOCKS = (f"{WEB}/package-lock.json", "tests/fidelity/node/package-lock.json")
EXPLAINED = re.compile(r"^\| `(?P<package>[^`]+)` \| [^|]+ \|$", re.MULTILINE)
IMPORTED = re.compile(r"""(?:from|import)\s*\(?\s*['"](?P<name>(?:@[\w.-]+/)?[\w.-]+)""")


def test_the_document_explains_each_package_and_no_other() -> None:
    section = read_text("docs/web.md").partition("## Dependencies")[2]
    explained = {found["package"] for found in EXPLAINED.finditer(section)}
    assert explained == {*PACKAGE["dependencies"], *PACKAGE["devDependencies"]}


def test_every_package_is_pinned_to_one_version() -> None:
    wanted = {**PACKAGE["dependencies"], **PACKAGE["devDependencies"]}
    loose = [f"{name} {version}" for name, version in wanted.items() if not re.search(r"(^|@)\d+\.\d+\.\d+$", version)]
    assert not loose, listed(loose)


@pytest.mark.parametrize("path", LOCKS)
def test_a_lock_holds_a_hash_a_package_and_no_address(path: str) -> None:
    packages = {name: one for name, one in json.loads(read_text(path))["packages"].items() if name}
    unhashed = [name for name, one in packages.items() if "integrity" not in one]
    assert not unhashed, f"without a hash: {listed(unhashed)}"
    remote = [name for name, one in packages.items() if "resolved" in one]
    assert not remote, f"names an address: {listed(remote)}"


def test_what_is_imported_is_declared() -> None:
    declared = {*PACKAGE["dependencies"], *PACKAGE["devDependencies"], "@"}
    faults = [
        f"{path}: {found['name']}"
        for path in files_under(f"{WEB}/src", f"{WEB}/build")
        if path.endswith((".ts", ".tsx"))
        for found in IMPORTED.finditer(read_text(path))
        if found["name"] not in declared and not found["name"].startswith((".", "node"))
    ]
    assert not faults, listed(faults)
