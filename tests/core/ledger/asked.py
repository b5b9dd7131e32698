"""Commands that Hypothesis makes up: few refs and few holds, so that they collide in every way."""

from collections.abc import Mapping
from typing import TypeAlias

from hypothesis import strategies as st

from deepspace_core.ledger.command import CallersCommand
from tests.core.ledger.asking import Caller

Told: TypeAlias = tuple[str, Mapping[str, object]]
"""A method of Caller and its arguments; the caller is chosen later."""

AMOUNTS = st.integers(min_value=1, max_value=50)
NUMBERS = st.integers(min_value=0, max_value=5)
KINDS = ("top_up", "hold", "hold", "extend", "capture", "capture", "release", "refund", "adjust")


@st.composite
def commands(draw: st.DrawFn) -> Told:
    """One command; replays, conflicts and holds that are over come by themselves."""
    ref, hold = f"r{draw(st.integers(0, 40))}", f"h{draw(NUMBERS)}"
    kind = draw(st.sampled_from(KINDS))
    match kind:
        case "hold":
            return kind, {"ref": hold, "amount": draw(AMOUNTS), "seconds": draw(st.sampled_from([5, 60]))}
        case "extend":
            return kind, {"ref": ref, "hold_ref": hold, "amount": draw(AMOUNTS), "seconds": 30}
        case "capture":
            capture = f"c{draw(NUMBERS)}"
            return kind, {"ref": capture, "hold_ref": hold, "amount": draw(AMOUNTS), "final": draw(st.booleans())}
        case "release":
            return kind, {"ref": ref, "hold_ref": hold}
        case "refund":
            return kind, {"ref": ref, "capture_ref": f"c{draw(NUMBERS)}", "amount": draw(AMOUNTS)}
    amount = draw(AMOUNTS) if kind == "top_up" else draw(AMOUNTS) - 25 or 1
    return kind, {"ref": ref, "amount": amount}


def asked_by(caller: Caller, told: Told) -> CallersCommand:
    """The command as `caller` asks it."""
    kind, given = told
    command: CallersCommand = getattr(caller, kind)(**given)
    return command
