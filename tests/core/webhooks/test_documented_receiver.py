"""The receiver that the documents show, held against our signatures and against the receivers' own library."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from deepspace_core.webhooks.signature import signed_headers, signing_secret
from tests.house.documents import python_blocks

SECRET = signing_secret("A" * 43)
BODY = '{"type":"webhook.ping","data":{"é":1}}'.encode()


@pytest.fixture
def is_ours() -> Any:
    (block,) = [one for one in python_blocks() if one.document == "docs/webhooks.md"]
    names: dict[str, Any] = {}
    exec(compile(block.body, block.document, "exec"), names)  # noqa: S102  # our own document
    return names["is_ours"]


def test_it_accepts_what_we_and_what_the_library_sign(is_ours: Any) -> None:
    now = datetime.now(UTC)
    ours = signed_headers("whdel_1", at=now, body=BODY, secrets=[signing_secret("B" * 43), SECRET])
    assert is_ours(SECRET, ours, BODY)
    theirs = Webhook(SECRET).sign("whdel_1", now, BODY.decode())
    assert theirs in ours["webhook-signature"].split(" ")


def test_it_refuses_what_is_changed_old_or_anothers(is_ours: Any) -> None:
    now = datetime.now(UTC)
    headers = signed_headers("whdel_1", at=now, body=BODY, secrets=[SECRET])
    assert not is_ours(SECRET, headers, BODY + b" ")
    assert not is_ours(signing_secret("C" * 43), headers, BODY)
    assert not is_ours(SECRET, {**headers, "webhook-id": "whdel_2"}, BODY)
    old = signed_headers("whdel_1", at=now - timedelta(minutes=6), body=BODY, secrets=[SECRET])
    assert not is_ours(SECRET, old, BODY)


def test_a_secret_is_256_bits_in_the_standards_form() -> None:
    assert SECRET.startswith("whsec_")
    assert len(base64.b64decode(SECRET.removeprefix("whsec_"))) == 32
