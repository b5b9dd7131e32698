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


def _texts() -> list[str]:
    """Every text file but this suite's own, which has to spell what it looks for."""
    return [path for path in tracked_files() if not path.startswith("tests/house/") and _is_text(path)]


def _is_text(path: str) -> bool:
    return not path.endswith((".png", ".jpg", ".ico", ".woff2", ".gguf", ".parquet"))
