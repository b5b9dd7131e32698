"""The front ends speak the API of this tree."""

import msgspec

from tests.web.api_document import FILE, document


def test_the_committed_document_is_what_the_application_says() -> None:
    assert FILE.read_bytes() == document(), "the API has changed: run `make web-api` and look at the front ends"


def test_nothing_of_it_serves_people_only() -> None:
    told = msgspec.json.decode(FILE.read_bytes())
    operations = [one for item in told["paths"].values() for one in item.values() if isinstance(one, dict)]
    assert operations
    assert all(status.startswith("2") for one in operations for status in one["responses"])
