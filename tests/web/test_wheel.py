"""The wheel is the product: code, statements, migrations, and the front ends as they were built."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.web.tools import ROOT, WEB

PACKAGES = ("deepspace_core", "deepspace_adapters", "deepspace_http", "deepspace_worker")


@pytest.fixture(scope="module")
def carried(built: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a wheel holds, by path: it is built from the tree as `make wheel` builds it."""
    directory = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True, timeout=300)
    [wheel] = directory.glob("*.whl")
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_it_carries_the_front_ends_whole_as_they_were_built(carried: dict[str, bytes], built: Path) -> None:
    inside = {
        name.removeprefix("deepspace_http/web/dist/"): content
        for name, content in carried.items()
        if name.startswith("deepspace_http/web/")
    }
    assert inside == _files(built)
    assert {"index.html", "admin.html"} <= set(inside)


def test_it_carries_every_migration(carried: dict[str, bytes]) -> None:
    prefix = "deepspace_adapters/migrations/"
    inside = {name.removeprefix(prefix): content for name, content in carried.items() if name.startswith(prefix)}
    assert inside == _files(ROOT / "migrations")


def test_it_carries_every_file_of_the_packages_and_nothing_beside_them(carried: dict[str, bytes]) -> None:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT).as_posix() for path in paths if WEB not in path.parents}
    assert {name for name in wanted if "__pycache__" not in name} <= set(carried)
    tops = {name.split("/", 1)[0] for name in carried}
    assert tops == {*PACKAGES, "deepspace_workflows-0.1.0.dist-info"}
