"""What people type is read strictly, and each fault names its field."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.identity import Permission, Secret
from deepspace_core.identity.api_key import (
    api_key_secret,
    read_expiry,
    read_model_allow_list,
    read_overlap,
    read_scopes,
)
from deepspace_core.identity.organization import read_on_abort, read_role
from deepspace_core.identity.project import read_description
from deepspace_core.identity.session import open_session
from deepspace_core.identity.user import User, read_email, read_language, read_name, read_password, read_time_zone
from deepspace_core.identity.workspace import propose_slugs, read_slug
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, SessionId, UserId, WorkspaceId
from tests.fakes import NOON, CountingIds

IDS = CountingIds()

FAULTS: list[tuple[str, Callable[[], object]]] = [
    *[
        ("email", lambda text=text: read_email(text))
        for text in (
            "",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@example",
            "ada@ex..org",
            "a" * 250 + "@e.org",
        )
    ],
    ("password", lambda: read_password(Secret("x" * 9))),
    ("new_password", lambda: read_password(Secret("ä" * 513), param="new_password")),
    ("name", lambda: read_name("  ", param="name")),
    ("name", lambda: read_name("x" * 81, param="name")),
    ("display_name", lambda: read_name("a\x00b", param="display_name")),
    ("language", lambda: read_language("fr")),
    *[("time_zone", lambda text=text: read_time_zone(text)) for text in ("", "../etc/passwd", "+08:00", "a/" * 40)],
    ("role", lambda: read_role("king")),
    ("on_abort", lambda: read_on_abort("shrug")),
    ("description", lambda: read_description("x" * 2_001)),
    *[
        ("slug", lambda text=text: read_slug(text))
        for text in ("ab", "x" * 49, "Lab", "a--b", "-ab", "ab-", "a_b", "läb", "admin")
    ],
    ("scopes", lambda: read_scopes([])),
    ("scopes", lambda: read_scopes(["models:use", "everything"])),
    ("model_allow_list", lambda: read_model_allow_list([str(number) for number in range(101)])),
    ("model_allow_list", lambda: read_model_allow_list([""])),
    ("expires_at", lambda: read_expiry(NOON, now=NOON)),
    ("expires_at", lambda: read_expiry(datetime(2099, 1, 1), now=NOON)),  # noqa: DTZ001 - the fault itself
    ("overlap_seconds", lambda: read_overlap(-1)),
    ("overlap_seconds", lambda: read_overlap(30 * 24 * 3600 + 1)),
]


@pytest.mark.parametrize(("param", "attempt"), FAULTS)
def test_a_fault_names_its_field(param: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        attempt()
    assert refused.value.param == param


def test_what_is_in_order_is_read() -> None:
    assert read_email(" Ada.L+x@Example.ORG ") == "ada.l+x@example.org"
    assert read_password(Secret("x" * 10)).reveal() == "x" * 10
    assert read_name(" 林 Ada ", param="name") == "林 Ada"
    assert [read_time_zone(one) for one in ("UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+8")]
    assert read_slug("a-1-lab") == "a-1-lab"
    assert read_scopes(["models:use"]) == {Permission.USE_MODELS}
    assert read_model_allow_list(None) is None
    assert read_model_allow_list([]) == frozenset()
    assert read_expiry(None, now=NOON) is None


@given(st.text(max_size=80))
def test_every_name_yields_slugs_that_can_be_used(name: str) -> None:
    for slug in propose_slugs(name, WorkspaceId(CountingIds(7).uuid())):
        assert read_slug(slug) == slug


def test_secrets_are_in_no_repr() -> None:
    secret, prefix = api_key_secret(IDS.secret())
    session, tokens = open_session(
        session_id=SessionId(IDS.uuid()),
        user_id=UserId(IDS.uuid()),
        access=IDS.secret(),
        family=IDS.secret(),
        generation=IDS.secret(),
        now=NOON,
    )
    user = User(
        id=UserId(IDS.uuid()),
        email="ada@example.org",
        display_name="Ada",
        password_hash="$argon2id$secret",
        personal_org_id=OrgId(IDS.uuid()),
        created_at=NOON,
    )
    shown = f"{secret} {secret!r} {session!r} {tokens!r} {replace(user)!r}"
    assert secret.reveal().startswith(prefix)
    for hidden in (secret.reveal()[12:], tokens.access.reveal()[6:], tokens.refresh.reveal()[6:], "argon2id", "sha256"):
        assert hidden not in shown


def test_an_overlap_is_read_in_seconds() -> None:
    assert read_overlap(90) == timedelta(seconds=90)
