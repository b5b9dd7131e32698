"""The rules are alive: each finds the fault that it is there to find, and lets the honest neighbour through.

Private parts are called on purpose: a rule that silently matches nothing looks just like a tree without faults.
"""

import ast
from collections.abc import Callable

import pytest

from tests.house import test_confinement, test_core, test_secrets, test_tests
from tests.house.ports import Port, implementations
from tests.house.source import Module, functions_in


def module_of(text: str, *, path: str = "deepspace_core/ledger/example.py") -> Module:
    return Module(path=path, text=text, tree=ast.parse(text))


def _world_reads(text: str) -> bool:
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return any(test_core._reads_the_world(call.func) for call in calls)


def _bad_imports(text: str) -> bool:
    names = [f"{node.module}.{node.names[0].name}" for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)]
    names += [node.names[0].name for node in ast.parse(text).body if isinstance(node, ast.Import)]
    return not all(map(test_core._may_be_imported, names))


def _duration(text: str) -> bool:
    return any(list(test_tests._duration_asserts(node)) for node in functions_in(module_of(text)))


def _use_case(text: str) -> bool:
    owner = ast.parse(text).body[0]
    assert isinstance(owner, ast.ClassDef)
    return test_core._is_use_case(owner) and bool(test_core._use_case_faults(owner))


RULES: dict[str, tuple[Callable[[str], object], list[str], list[str]]] = {
    "pure imports": (
        _bad_imports,
        ["import asyncio", "import os.path", "from time import time", "from uuid import uuid4", "import httpx"],
        ["from uuid import UUID", "import hashlib", "from deepspace_core.kernel import money"],
    ),
    "no clock, no chance, no file": (
        _world_reads,
        ["datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()", "uuid.uuid4()", "open('x')", "print(1)"],
        ["clock.now()", "self.clock.now()", "page.open_wallet()"],
    ),
    "no floats": (
        lambda text: test_core._floats_in(module_of(text)),
        ["x = 0.5", "x = a / b", "x /= 2", "x = float('1')"],
        ["x = a // b", "x = 10**9", "x: int = 5"],
    ),
    "public faces": (
        lambda text: test_core._goes_round_the_face(module_of(""), text),
        ["deepspace_core.identity.principal", "deepspace_core.pricing.quote"],
        ["deepspace_core.identity", "deepspace_core.ledger.hold", "deepspace_core.kernel.money", "dataclasses"],
    ),
    "use cases": (
        _use_case,
        [
            "@dataclass(frozen=True)\nclass Hold:\n async def __call__(self): ...",
            "@dataclass(frozen=True, slots=True)\nclass Hold:\n async def __call__(self, amount): ...",
            "@dataclass(frozen=True, slots=True)\nclass Hold:\n async def __call__(self): ...\n def more(self): ...",
        ],
        [
            "@dataclass(frozen=True, slots=True)\nclass Hold:\n async def __call__(self, *, amount): ...",
            "class Step:\n async def __call__(self, tx, amount): ...",
            "class Port(Protocol):\n async def __call__(self, amount): ...",
        ],
    ),
    "inline SQL": (
        lambda text: test_confinement._sql_in(module_of(text)),
        ["x = 'SELECT 1'", "x = b'DELETE FROM holds'", "x = '''\n  UPDATE holds SET a = 1\n'''", "f('WITH x AS (')"],
        ["'''SELECT is a word of this docstring.'''", "x = 'Select a model'", "x = 'UPDATE your key'"],
    ),
    "the environment": (
        lambda text: test_confinement._environment_reads(module_of(text)),
        ["os.environ['A']", "os.environ.get('A')", "os.getenv('A')"],
        ["os.environ['A'] = 'b'"],
    ),
    "durations": (
        _duration,
        [
            "def test_it():\n start = time.monotonic()\n assert time.monotonic() - start < 1",
            "def test_it():\n start = perf_counter()\n took = perf_counter() - start\n assert took < 1",
            "def test_it():\n start = clock.time()\n end = clock.time()\n assert 0 < end - start < 1",
        ],
        ["def test_it():\n assert wallet.balance - hold.amount == 5"],
    ),
    "sleeps": (
        lambda text: [one for one in test_tests._sleeps(module_of(text)) if one[1] > test_tests.SLEEP_SECONDS_MAX],
        ["time.sleep(5)", "asyncio.sleep(2.5)"],
        ["asyncio.sleep(0.01)", "asyncio.sleep(0)"],
    ),
    "secrets": (
        lambda text: any(shape.search(text) for shape in test_secrets.SECRETS.values()),
        ["-----BEGIN RSA PRIVATE KEY-----", "sk-" + "a" * 32, "sk-ds-" + "b" * 43, "postgresql://me:hunter22@host/x"],
        ["sk-ds-…", "sk-…", "postgresql://deepspace:PASSWORD@localhost/deepspace", "redis://localhost:6379/0"],
    ),
    "machine paths": (
        test_secrets.MACHINE_PATHS.search,
        ["/root/.cache", "see /home/me/x", "'/tmp/x'"],
        ["/var/lib/deepspace", "frames/work/x", "./tmp/x"],
    ),
}


@pytest.mark.parametrize(("rule", "fault"), [(rule, text) for rule, (_, bad, _) in RULES.items() for text in bad])
def test_a_rule_finds_its_fault(rule: str, fault: str) -> None:
    assert RULES[rule][0](fault)


@pytest.mark.parametrize(("rule", "honest"), [(rule, text) for rule, (_, _, good) in RULES.items() for text in good])
def test_a_rule_lets_its_neighbour_through(rule: str, honest: str) -> None:
    assert not RULES[rule][0](honest)


def test_a_port_that_nobody_implements_is_noticed() -> None:
    port = Port("Imagined", "deepspace_core/x/ports.py", (("imagine", ("tx", "what")),))
    assert implementations(port, "deepspace_core", "deepspace_adapters") == []
