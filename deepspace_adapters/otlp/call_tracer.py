"""Calls as OpenTelemetry spans, made of what an exchange remembers once it is over.

Nothing is measured for it: the stages' times are there anyway, for the request log. So a gateway that tells no
collector pays nothing, and one that does pays once a call and never for a chunk. Spans go out from a thread, in
batches; when the collector is away they are dropped, calls go on.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from deepspace_core.audit import PASSED
from deepspace_core.kernel.ids import show_id
from deepspace_core.pipeline import Exchange

SPANS_WAITING_MAX = 4_096
SPANS_A_BATCH = 512
EXPORT_SECONDS_MAX = 5
BATCH_MILLISECONDS = 1_000
NANOS_PER_SECOND = 1_000_000_000
NANOS_PER_MICROSECOND = 1_000
SERVER_FAULT = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UPSTREAM_STAGE = "newapi_call"
SETTLING = "settle"
Attributes = Mapping[str, str | int | bool]


class CallTracer:
    """Tells a collector of calls that are over."""

    def __init__(self, endpoint: str, *, service: str) -> None:
        self._resource = Resource.create({"service.name": service})
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS_MAX)
        self._processor = BatchSpanProcessor(
            exporter,
            max_queue_size=SPANS_WAITING_MAX,
            max_export_batch_size=SPANS_A_BATCH,
            schedule_delay_millis=BATCH_MILLISECONDS,
        )

    def tell(self, exchange: Exchange, *, parent_id: str | None, status: int, took_nanos: int) -> None:
        """One call: itself, a child of `parent_id` (16 hex digits), and its stages. Nothing where nobody samples."""
        _, trace_id, span_id, flags = exchange.traceparent.split("-")
        if not int(flags, 16) & TraceFlags.SAMPLED:
            return
        began = _nanos_of(exchange.received_at)
        call = _context(trace_id, span_id)
        failed = status >= SERVER_FAULT or exchange.fault is not None
        self._end(
            f"{exchange.method} /v1/{exchange.route.value}",
            call,
            parent=None if parent_id is None else _context(trace_id, parent_id, remote=True),
            kind=SpanKind.SERVER,
            attributes=_told(exchange, status),
            failed=failed,
            times=(began, began + took_nanos),
        )
        for name, at_nanos, until_nanos, passed in _parts(exchange, took_nanos):
            self._end(
                name,
                _context(trace_id, os.urandom(8).hex()),
                parent=call,
                kind=SpanKind.CLIENT if name == UPSTREAM_STAGE else SpanKind.INTERNAL,
                attributes=_upstream(exchange) if name == UPSTREAM_STAGE else {},
                failed=not passed,
                times=(began + at_nanos, began + until_nanos),
            )

    def close(self) -> None:
        """Sends what waits, for a few seconds at most."""
        self._processor.shutdown()  # type: ignore[no-untyped-call]

    def _end(
        self,
        name: str,
        context: SpanContext,
        *,
        parent: SpanContext | None,
        kind: SpanKind,
        attributes: Attributes,
        failed: bool,
        times: tuple[int, int],
    ) -> None:
        span = ReadableSpan(
            name,
            context=context,
            parent=parent,
            resource=self._resource,
            attributes=attributes,
            kind=kind,
            status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
            start_time=times[0],
            end_time=times[1],
        )
        self._processor.on_end(span)


def _parts(exchange: Exchange, took_nanos: int) -> Iterator[tuple[str, int, int, bool]]:
    """The stages, and the settling after the last of them: capture, usage record and request log, in one commit."""
    over = 0
    for timing in exchange.timeline:
        over = timing.until_micros * NANOS_PER_MICROSECOND
        yield timing.name, timing.began_micros * NANOS_PER_MICROSECOND, over, timing.verdict == PASSED
    if exchange.reply is not None:
        yield SETTLING, over, max(over, took_nanos), True


def _told(exchange: Exchange, status: int) -> Attributes:
    """By the conventions of OpenTelemetry where they have a name for it."""
    told: dict[str, str | int | bool] = {
        "http.request.method": exchange.method,
        "http.route": f"/v1/{exchange.route.value}",
        "http.response.status_code": status,
        "gen_ai.request.model": exchange.model.name if exchange.model else "",
        "deepspace.stream": exchange.request.stream,
        "deepspace.request_id": exchange.request_id,
    }
    if exchange.principal is not None:
        told["deepspace.org_id"] = show_id("org", exchange.principal.org_id)
    if exchange.ending is not None:
        told["deepspace.ending"] = exchange.ending.value
        told["gen_ai.usage.input_tokens"] = exchange.leaves.input_total
        told["gen_ai.usage.output_tokens"] = exchange.leaves.output_total
    if exchange.cost is not None:
        told["deepspace.cost_nanos"] = exchange.cost.amount_nanos
    if exchange.first_token_nanos is not None:
        told["deepspace.first_token_micros"] = exchange.first_token_nanos // NANOS_PER_MICROSECOND
    return told


def _upstream(exchange: Exchange) -> Attributes:
    reply = exchange.reply
    if reply is None:
        return {}
    told: dict[str, str | int | bool] = {"deepspace.attempts": reply.attempts}
    if reply.channel is not None:
        told["deepspace.channel"] = reply.channel.name
    if reply.upstream_request_id is not None:
        told["deepspace.upstream_request_id"] = reply.upstream_request_id
    return told


def _context(trace_id: str, span_id: str, *, remote: bool = False) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=remote, trace_flags=TraceFlags(1))


def _nanos_of(moment: datetime) -> int:
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * NANOS_PER_SECOND + since.microseconds * NANOS_PER_MICROSECOND
