"""What may differ between a client at the upstream and the same client at the gateway: this list, and nothing else.

Everything that a client saw is compared, case by case and field by field. A case that is not named here may differ in
ADDED only. REPLACED says why the gateway answers a case otherwise on purpose (docs/gateway.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

ADDED = frozenset({"cost", "trace_id"})
"""Names of fields that the gateway adds: the cost to a usage object, the trace id to an error."""

REPLACED: Mapping[str, str] = {
    "provider_down": "a provider's own failure is told in our words, as 502",
    "provider_over_its_limit": "a provider's limit is the platform's trouble: 502, not the customer's 429",
    "provider_refuses_us": "the platform's own credential failed: 503, never the customer's 401",
    "error_in_200": "an error inside a 200 becomes a real status",
}
"""Cases of which only that they fail through the gateway is looked at."""

DRAWN = frozenset({"id", "item_id", "created", "created_at", "completed_at", "timings", "system_fingerprint"})
"""What a real model's server draws or measures anew for each answer."""


def without_drawn(seen: Any) -> Any:
    """What a client saw, but for what no two answers have in common."""
    if isinstance(seen, dict):
        return {name: without_drawn(value) for name, value in seen.items() if name not in DRAWN}
    return [without_drawn(one) for one in seen] if isinstance(seen, list) else seen


def differences(direct: Any, through: Any, path: str = "") -> Iterator[str]:
    """Each difference that no rule allows, as `path: at the upstream …, through the gateway …`."""
    if isinstance(direct, Mapping) and isinstance(through, Mapping):
        for name in sorted({*direct, *through}, key=str):
            if name in ADDED and direct.get(name) is None:
                continue
            yield from differences(direct.get(name), through.get(name), f"{path}.{name}")
    elif _are_lists(direct, through) and len(direct) == len(through):
        for number, (one, other) in enumerate(zip(direct, through, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif direct != through:
        yield f"{path}: at the upstream {direct!r:.300}, through the gateway {through!r:.300}"


def unexplained(direct: Mapping[str, Any], through: Mapping[str, Any]) -> list[str]:
    """The differences of all cases of a client."""
    found = [f"cases: {sorted(direct)} and {sorted(through)}"] if direct.keys() != through.keys() else []
    for case in direct.keys() & through.keys():
        if case in REPLACED:
            if not _failed(through[case]):
                found.append(f"{case}: did not fail: {through[case]!r:.200}")
        else:
            found += differences(direct[case], through[case], case)
    return found


def _failed(seen: Any) -> bool:
    return isinstance(seen, Mapping) and "raised" in seen


def _are_lists(one: Any, other: Any) -> bool:
    return all(isinstance(side, Sequence) and not isinstance(side, str) for side in (one, other))
