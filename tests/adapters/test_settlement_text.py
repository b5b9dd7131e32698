"""A settlement comes back from its text as it was: every value of every record, and from texts of other versions."""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from inspect import signature
from types import UnionType
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_adapters.settlement_text import as_json, read_settlement, write_note
from deepspace_core.audit import RequestLog
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.record import Record
from deepspace_core.kernel.token_leaves import LEAF_NAMES, TokenLeaves
from deepspace_core.kernel.units import Unit, Units
from deepspace_core.ledger import Capture, Release
from deepspace_core.pipeline import KeptAnswer, Unsettled
from deepspace_core.usage import UsageRecord
from tests.core.metering_values import FACT, ORG, OWNER, REQUEST, TRACE, USED

RIDERS = (UsageRecord, Event, RequestLog, KeptAnswer)
CAPTURE = Capture(
    org_id=ORG, wallet_id=OWNER.wallet_id, ref="c:1", trace_id=TRACE, actor="key:1", hold_ref="h:1", amount_nanos=7
)
COUNTS = st.integers(0, 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
VALUES: dict[object, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**63 - 1),
    datetime: st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    Mapping[str, object]: st.dictionaries(st.text(), JSON, max_size=5),
    TokenLeaves: st.builds(TokenLeaves, **dict.fromkeys(LEAF_NAMES, COUNTS)),
    Units: st.builds(Units, **{unit.value: COUNTS for unit in Unit}),
}


def made(kind: Callable[..., Any]) -> st.SearchStrategy[Any]:
    """Any of that kind: every field is drawn, those with a default too."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{name: _values(hints[name]) for name in signature(kind).parameters})


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if hint in VALUES:
        return VALUES[hint]
    if isinstance(hint, UnionType):
        return st.one_of([_values(one) for one in get_args(hint)])
    return made(hint) if isinstance(hint, type) and is_dataclass(hint) else st.from_type(hint)


def noted(unsettled: Unsettled) -> bytes:
    text = bytearray(b"what an earlier call has left")
    write_note(unsettled, text)
    return bytes(text)


@pytest.mark.parametrize("written", [noted, as_json])
@given(st.builds(Unsettled, made(Capture) | made(Release), st.tuples(*[made(kind) for kind in RIDERS])))
def test_all_of_a_settlement_comes_back(written: Callable[[Unsettled], bytes], unsettled: Unsettled) -> None:
    read = read_settlement(written(unsettled))
    assert (read.command, tuple(read.riders)) == (unsettled.command, unsettled.riders)


def test_every_kind_of_record_can_be_noted() -> None:
    ours = {kind.__name__ for kind in Record.__subclasses__() if kind.__module__.startswith("deepspace_")}
    assert ours == {kind.__name__ for kind in RIDERS}


def test_what_is_larger_than_a_note_can_say_is_noted_all_the_same() -> None:
    unsettled = Unsettled(CAPTURE, [replace(USED, cost_picos=2**80)])
    assert read_settlement(noted(unsettled)) == unsettled


def test_a_note_of_a_version_that_wrote_json_is_read() -> None:
    unsettled = Unsettled(CAPTURE, [USED, FACT, REQUEST])
    assert read_settlement(as_json(unsettled)) == unsettled


def test_a_note_is_read_by_its_own_names_whatever_order_and_fields_its_version_had() -> None:
    names, rows = msgspec.msgpack.decode(noted(Unsettled(CAPTURE, [USED])))
    [_, [_, values]] = rows
    told = dict(zip(names["UsageRecord"], values, strict=True)) | {"a_field_that_is_gone": 1}
    del told["app_id"]  # as if it had not been there yet
    names["UsageRecord"], rows[1][1] = zip(*reversed(told.items()), strict=True)
    assert read_settlement(msgspec.msgpack.encode((names, rows))) == Unsettled(CAPTURE, [replace(USED, app_id=None)])


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "no command"),
        ([("Event", [])], "missing required field"),
        ([("Gift", [])], "a Gift, of which"),
        ([("Capture", [1])], "argument"),
    ],
)
def test_what_can_t_be_understood_is_refused_with_a_reason(rows: list[object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_settlement(msgspec.msgpack.encode(({"Event": []}, rows)))


@pytest.mark.parametrize("text", [b"", b"{", b"{}", b"\x00", noted(Unsettled(CAPTURE, [USED]))[:-1]])
def test_what_is_no_settlement_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever
        read_settlement(text)
