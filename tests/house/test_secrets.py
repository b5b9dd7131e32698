"""What must not be in a public tree: secrets, addresses of package registries, paths of one machine."""

import re

from tests.house.source import listed, read_text, tracked_files

SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a provider's key": re.compile(r"\bsk-(?!ds-)[A-Za-z0-9]{20,}\b"),
    "one of our keys": re.compile(r"\bsk-ds-[A-Za-z0-9_-]{43}\b"),
    "a cloud access key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    "a URL with a password": re.compile(r"\b(postgres(ql)?|rediss?)://[^\s:@/]*:(?!PASSWORD@)[A-Za-z0-9_-]{4,}@"),
}
REGISTRIES = re.compile(
    r"https?://\S+/(simple|registry|repository)/|--(extra-)?index-url|--find-links|--trusted-host",
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(work|root|tmp|home/\w+|Users/\w+)/")
REMOTE_IN_LOCK = re.compile(r"https?://|file:|git\+")


def test_no_secret_is_committed() -> None:
    faults = [
        f"{path}: {what}: {found.group(0)[:12]}…"
        for path in _texts()
        for what, shape in SECRETS.items()
        if (found := shape.search(read_text(path))) and not (path.startswith("tests/") and "password" in what)
    ]
    assert not faults, f"secrets come from the environment; write PASSWORD in an example: {listed(faults)}"


def test_no_registry_is_named() -> None:
    faults = [f"{path}: {found.group(0)}" for path in _texts() if (found := REGISTRIES.search(read_text(path)))]
    assert not faults, f"whoever installs decides where from: {listed(faults)}"


def test_no_path_of_one_machine_is_named() -> None:
    faults = [
        f"{path}: {found.group(0)}"
        for path in _texts()
        if not path.startswith("tests/") and (found := MACHINE_PATHS.search(read_text(path)))
    ]
    assert not faults, listed(faults)


def test_the_lock_pins_every_package_by_version_and_hash_and_names_no_address() -> None:
    lines = [line for line in read_text(".requirements/lock.txt").splitlines() if not line.lstrip().startswith("#")]
    heads = [line for line in lines if line and not line.startswith(" ")]
    loose = [line for line in heads if not re.match(r"[a-z0-9][a-z0-9._-]*(\[[\w,-]+\])?==[^\s;]+", line)]
    assert not loose, f"not pinned: {listed(loose)}"
    hashes = sum("--hash=sha256:" in line for line in lines)
    assert hashes >= len(heads), "a package without a hash"
    assert not [line for line in lines if REMOTE_IN_LOCK.search(line)]


def _texts() -> list[str]:
    """Every text file but this suite's own, which has to spell what it looks for."""
    return [path for path in tracked_files() if not path.startswith("tests/house/") and _is_text(path)]


def _is_text(path: str) -> bool:
    return not path.endswith((".png", ".jpg", ".ico", ".woff2", ".gguf", ".parquet"))
