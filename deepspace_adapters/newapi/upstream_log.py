"""NewAPI's own log of charged calls, read as one of its administrators.

`GET /api/log/` with `p`, `page_size` (100 at most), `type=2` (charged), `start_timestamp` and `end_timestamp` (seconds,
both inclusive), `token_name`; shown to the access token of an administrator, whose id goes along in `New-Api-User`.
Newest first. An answer of `success: false` is a refusal whatever its status. Older releases log no `request_id`.
Source: QuantumNous/new-api, controller/log.go, model/log.go, middleware/auth.go, common/page_info.go.
Channels whose logs are the same one (same address, same token's name) are one book.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import msgspec

from deepspace_adapters.newapi.errors import UNREADABLE, raise_transport_fault
from deepspace_core.channels import Channel, ChannelRepository, GivenChannel, all_channels, purpose_of_log_token
from deepspace_core.kernel.errors import SecretUnreadable
from deepspace_core.kernel.money import PICOS_PER_UNIT
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.pipeline import UpstreamFailed, UpstreamMisconfigured
from deepspace_core.usage import LoggedCall, UpstreamBook

PAGE_SIZE = 100
PAGES_MAX = 2_000
PAGE_BYTES_MAX = 8 * 1024 * 1024
PAGE_SECONDS_MAX = 30.0
QUOTA_PER_DOLLAR = 500_000
"""NewAPI's unit of account, `QuotaPerUnit`; its default, which hardly anybody changes."""
PICOS_PER_QUOTA = PICOS_PER_UNIT // QUOTA_PER_DOLLAR
CURRENCY = "USD"
CHARGED = 2
_OK = 200
_REFUSED = frozenset({401, 403})


class _Row(msgspec.Struct):
    id: int
    created_at: int
    model_name: str = ""
    quota: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    request_id: str = ""


class _Page(msgspec.Struct):
    total: int = 0
    items: list[_Row] | None = None


class _Answer(msgspec.Struct):
    success: bool = False
    message: str = ""
    data: _Page | None = None


_decoder = msgspec.json.Decoder(_Answer)


class NewApiLogs:
    """The `UpstreamLog` port over the channels that say how their log is read."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        channels: ChannelRepository,
        given: GivenChannel,
        transport: httpx.AsyncBaseTransport,
        box: SecretBox,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._channels = channels
        self._given = given
        self._transport = transport
        self._box = box

    async def list_books(self) -> Sequence[UpstreamBook]:
        names: dict[str, set[str]] = {}
        for channel in await self._readable():
            names.setdefault(_book_name(channel), set()).add(channel.name)
        return [UpstreamBook(name, frozenset(among)) for name, among in sorted(names.items())]

    async def read(self, book: UpstreamBook, *, since: datetime, until: datetime) -> Sequence[LoggedCall]:
        channel = next((one for one in await self._readable() if _book_name(one) == book.name), None)
        if channel is None:
            raise UpstreamMisconfigured(f"no channel says any more how the log {book.name} is read")
        found: dict[int, _Row] = {}
        for number in range(1, PAGES_MAX + 1):
            page = await self._page(channel, number, since=since, until=until)
            rows = page.items or []
            # Rows that come or go meanwhile move the others from page to page; an id is counted once.
            found |= {row.id: row for row in rows}
            if number * PAGE_SIZE >= page.total or not rows:
                return [_call(row) for row in found.values()]
        raise UpstreamFailed(f"the log has more than {PAGES_MAX * PAGE_SIZE} calls; compare a shorter period")

    async def _readable(self) -> list[Channel]:
        async with self._unit_of_work() as tx:
            stored = await self._channels.list_channels(tx)
        return [channel for channel in all_channels(stored, self._given.channel()) if channel.log is not None]

    async def _page(self, channel: Channel, number: int, *, since: datetime, until: datetime) -> _Page:
        try:
            async with asyncio.timeout(PAGE_SECONDS_MAX):
                status, body = await self._asked(self._request(channel, number, since=since, until=until))
        except TimeoutError as fault:
            raise_transport_fault(httpx.ReadTimeout(f"no page of the log within {PAGE_SECONDS_MAX} s: {fault}"))
        except httpx.HTTPError as fault:
            raise_transport_fault(fault)
        if status in _REFUSED:
            raise UpstreamMisconfigured(
                "NewAPI refuses the access token for its log; it must be an administrator's, with that user's id",
                upstream_status=status,
            )
        try:
            answer = _decoder.decode(body)
        except UNREADABLE as fault:
            raise UpstreamFailed(f"NewAPI's log answered {status} with something else than a page") from fault
        if status != _OK or not answer.success or answer.data is None:
            raise UpstreamFailed("NewAPI's log can't be read", upstream_status=status, upstream_message=answer.message)
        return answer.data

    def _request(self, channel: Channel, number: int, *, since: datetime, until: datetime) -> httpx.Request:
        log = channel.log
        if log is None:
            raise LookupError("asked for the log of a channel that has none")
        asked: dict[str, str | int] = {
            "p": number,
            "page_size": PAGE_SIZE,
            "type": CHARGED,
            "start_timestamp": int(since.timestamp()),
            # Inclusive, in whole seconds: the last one before `until`.
            "end_timestamp": int((until - timedelta(microseconds=1)).timestamp()),
        }
        if log.token_name is not None:
            asked["token_name"] = log.token_name
        try:
            token = self._box.open(log.sealed_token, purpose=purpose_of_log_token(channel.id))
        except SecretUnreadable as fault:
            raise UpstreamMisconfigured(fault.message) from fault
        headers = {"authorization": token, "new-api-user": str(log.user_id), "accept-encoding": "identity"}
        timeouts = {"connect": PAGE_SECONDS_MAX, "read": PAGE_SECONDS_MAX, "pool": PAGE_SECONDS_MAX}
        url = httpx.URL(f"{log.base_url}/api/log/", params=asked)
        return httpx.Request("GET", url, headers=headers, extensions={"timeout": timeouts})

    async def _asked(self, request: httpx.Request) -> tuple[int, bytes]:
        response = await self._transport.handle_async_request(request)
        try:
            body = bytearray()
            stream = response.stream
            if not isinstance(stream, httpx.AsyncByteStream):
                raise TypeError("the transport gave a response that can't be read asynchronously")
            async for piece in stream:
                body += piece
                if len(body) > PAGE_BYTES_MAX:
                    raise UpstreamFailed(f"a page of NewAPI's log is larger than {PAGE_BYTES_MAX} bytes")
            return response.status_code, bytes(body)
        finally:
            await response.aclose()


def _book_name(channel: Channel) -> str:
    log = channel.log
    if log is None:
        raise LookupError("a channel without a log has no book")
    return log.base_url if log.token_name is None else f"{log.base_url} ({log.token_name})"


def _call(row: _Row) -> LoggedCall:
    return LoggedCall(
        id=str(row.id),
        at=datetime.fromtimestamp(row.created_at, UTC),
        model=row.model_name,
        request_id=row.request_id or None,
        input_tokens=row.prompt_tokens,
        output_tokens=row.completion_tokens,
        cost_picos=row.quota * PICOS_PER_QUOTA,
        currency=CURRENCY,
        cost_grain_picos=PICOS_PER_QUOTA,
    )
