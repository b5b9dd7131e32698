"""What a connection that breaks says of the call on it: whether it may have been made, and so be asked once more."""

import httpx
import pytest

from deepspace_adapters.newapi.client import NewApiClient
from deepspace_adapters.newapi.errors import raise_transport_fault
from deepspace_adapters.newapi.transport import Http1Transport
from deepspace_core.pipeline import UpstreamFailed, UpstreamUnreachable
from deepspace_core.pipeline.fallback import Again, again_after
from tests.adapters.newapi.raw_server import closing_after, raw_server
from tests.adapters.newapi.test_client import request, settings

BODY = b'{"id":"1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY


@pytest.mark.parametrize(("answers", "where"), [(0, Again.ELSEWHERE), (1, Again.ANYWHERE)], ids=["new", "kept"])
async def test_only_a_kept_connection_that_is_closed_lets_the_same_provider_be_asked_again(
    transport: Http1Transport, answers: int, where: Again
) -> None:
    async with raw_server(closing_after(answers, ANSWER)) as server:
        client = NewApiClient(settings(server.url.removesuffix("/chat")), transport)
        for _ in range(answers):
            await (await client.send(request("ok"))).close()
        with pytest.raises(UpstreamFailed) as caught:
            await client.send(request("ok"))
    assert again_after(caught.value) is where
    assert server.connections == 1


def test_a_call_that_got_no_connection_was_not_made() -> None:
    with pytest.raises(UpstreamUnreachable) as caught:
        raise_transport_fault(httpx.PoolTimeout("no connection was free in time"))
    assert again_after(caught.value) is Again.ANYWHERE
