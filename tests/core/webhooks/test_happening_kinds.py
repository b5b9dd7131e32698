"""Every type of happening says what its data holds."""

from pathlib import Path

import pytest

from deepspace_core.webhooks import KINDS, HappeningKind, HappeningType
from tests.core.webhooks.kinds import misfits


def test_every_type_has_its_kind_and_is_documented() -> None:
    assert [*KINDS] == [*HappeningType]
    document = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    assert [one.value for one in HappeningType if f"`{one.value}`" not in document] == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.type.value)
def test_an_example_is_of_its_kind_and_an_empty_message_is_not(kind: HappeningKind) -> None:
    data = {field.name: field.example for field in kind.fields}
    assert kind.example["data"] == data
    assert misfits(kind.type, data) == []
    assert misfits(kind.type, {}) == [f"{field.name} is missing" for field in kind.fields if field.always]
    assert misfits(kind.type, {**data, "org_id": 1, "x": 1}) == ["x was not promised", "org_id is 1"]
