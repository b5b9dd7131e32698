"""Whatever the product names itself has words in the front ends: events, jobs, stages, leaves and their kin."""

import ast
import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from deepspace_core.catalogue import ModelKind
from deepspace_core.identity import Permission
from deepspace_core.kernel.errors import Conflict, NotFound
from deepspace_core.kernel.token_leaves import Leaf
from deepspace_core.kernel.units import Unit
from deepspace_core.pipeline import errors as pipeline_errors
from deepspace_core.pipeline.pipeline import ORDER
from deepspace_core.policy import errors as policy_errors
from deepspace_core.usage import Ending
from deepspace_core.webhooks.happening import HappeningType
from deepspace_http.error_codes import ANSWERS
from deepspace_worker.schedule import SCHEDULES
from tests.house.source import PRODUCT
from tests.web.tools import ROOT, WEB

DOTTED = re.compile(r"[a-z_]+\.[a-z_]+")
WORDED = re.compile(r"^      '?(?P<name>[a-z][\w.-]*)'?: ", re.MULTILINE)
FAMILY = re.compile(r"^    (?P<family>\w+): \{\n(?P<body>.*?)^    \},", re.MULTILINE | re.DOTALL)


@functools.cache
def calls() -> Sequence[ast.Call]:
    """Every call in the product but in the HTTP shell, which tells nothing to the trail."""
    return [node for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Call)]


@functools.cache
def constants() -> Mapping[str, set[str]]:
    """The dotted names in what is assigned to each name, wherever it is."""
    found: dict[str, set[str]] = {}
    for node in (node for tree in _trees() for node in ast.walk(tree)):
        if isinstance(node, ast.Assign):
            found.setdefault(ast.unparse(node.targets[0]), set()).update(_dotted(node.value))
    return found


def _trees() -> Iterator[ast.Module]:
    folders = [folder for folder in PRODUCT if folder != "deepspace_http"]
    return (ast.parse(path.read_text()) for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


def _dotted(node: ast.AST) -> set[str]:
    texts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return {text for text in texts if isinstance(text, str) and DOTTED.fullmatch(text)}


def _named(value: ast.expr) -> set[str]:
    return constants().get(value.id, set()) if isinstance(value, ast.Name) else _dotted(value)


def told_events() -> set[str]:
    """Every type that is given to an event, by keyword or as an argument of who tells it."""
    found: set[str] = {one.value for one in HappeningType}
    for call in calls():
        values = [keyword.value for keyword in call.keywords if keyword.arg == "event_type"]
        if ast.unparse(call.func).endswith(("_event", "trail.event")):
            values += call.args
        found = found.union(*map(_named, values))
    return found


def run_jobs() -> set[str]:
    """The name of every job that a worker knows and of every schedule."""
    specs = [call for call in calls() if ast.unparse(call.func) == "JobSpec"]
    names = [keyword.value for call in specs for keyword in call.keywords if keyword.arg == "name"]
    return {one.name for one in SCHEDULES}.union(*map(_named, names))


def call_errors() -> set[str]:
    """What the pipeline and policy refuse a call with; nothing is looked for by name there, nor made."""
    errors = [one for module in (pipeline_errors, policy_errors) for one in vars(module).values()]
    own = {pipeline_errors.__name__, policy_errors.__name__}
    kinds = [one for one in errors if isinstance(one, type) and one.__module__ in own]
    return {getattr(one, "code", "") for one in kinds if not issubclass(one, (NotFound, Conflict))} & ANSWERS.keys()


def worded(family: str, file: str = "names") -> list[set[str]]:
    """What has words in a family, one set a language."""
    text = (WEB / "src" / "i18n" / f"{file}.ts").read_text()
    return [set(WORDED.findall(found["body"])) for found in FAMILY.finditer(text) if found["family"] == family]


FAMILIES: dict[str, Callable[[], set[str]]] = {
    "events": told_events,
    "jobs": run_jobs,
    "stages": lambda: set(ORDER),
    "leaves": lambda: set(Leaf),
    "units": lambda: set(Unit),
    "endings": lambda: set(Ending),
    "kinds": lambda: set(ModelKind),
    "errors": call_errors,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_all_that_the_product_names_has_words_in_both_languages(family: str) -> None:
    named = FAMILIES[family]()
    languages = worded(family)
    assert len(languages) == 2
    assert [named - words for words in languages] == [set(), set()]


def test_every_permission_has_words_in_both_languages() -> None:
    named = {one.value.replace(":", "-") for one in Permission}
    assert [named - words for words in worded("scope", "apiKeys")] == [set(), set()]


def test_the_search_for_names_finds_what_is_there() -> None:
    assert {
        "wallet.topped_up",
        "limit.set",
        "ip_rule.removed",
        "job.replayed",
        "administrator.withdrawn",
        "ledger.audited",
    } <= told_events()
    assert {"exports.write", "files.erase", "webhooks.deliver", "ledger.audit"} <= run_jobs()
