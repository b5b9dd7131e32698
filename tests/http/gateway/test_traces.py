"""Calls as a collector sees them: a real receiver of OTLP, asked for nothing but what was sent to it."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.http.gateway.conftest import GatewayWorld, running_gateway

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SEEN_SECONDS = 20


class Receiver:
    """What arrived, span by span."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.url = ""

    def take(self, body: bytes) -> None:
        for one in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {kv.value.string_value for kv in one.resource.attributes if kv.key == "service.name"}
            self.spans += [span for scope in one.scope_spans for span in scope.spans]

    def of(self, trace_id: str, *, count: int) -> dict[str, Any]:
        """The spans of a trace by name, once so many have come."""
        until = time.monotonic() + SEEN_SECONDS
        while time.monotonic() < until:
            found = {span.name: span for span in self.spans if span.trace_id.hex() == trace_id}
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"only {[span.name for span in self.spans]} came")


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Tests say what went wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def attributes(span: Any) -> dict[str, Any]:
    return {kv.key: getattr(kv.value, kv.value.WhichOneof("value")) for kv in span.attributes}


async def _called(world: GatewayWorld, traceparent: str) -> Any:
    headers = {"authorization": f"Bearer {await world.key()}", "traceparent": traceparent}
    body = {"model": "ok", "messages": [{"role": "user", "content": "Hello!"}]}
    return await world.client.post("/chat/completions", json=body, headers=headers)


async def test_a_call_is_one_span_of_its_caller_s_trace_with_its_stages_under_it(
    database_url: str, clean_redis_url: str
) -> None:
    with receiving() as receiver:
        async with running_gateway(database_url, clean_redis_url, otlp_endpoint=receiver.url) as world:
            answer = await _called(world, f"00-{TRACE}-{PARENT}-01")
            await world.settled()
            usage = await world.usage(answer.headers["x-trace-id"])
        spans = receiver.of(TRACE, count=6)
        call = spans["POST /v1/chat/completions"]
        assert call.parent_span_id.hex() == PARENT
        told = attributes(call)
        assert (told["http.response.status_code"], told["deepspace.ending"]) == (200, "completed")
        assert told["gen_ai.usage.output_tokens"] == usage.leaves.output_total
        assert told["deepspace.cost_nanos"] == usage.cost_nanos
        assert {"auth", "budget_hold", "newapi_call", "stream", "settle"} <= spans.keys()
        stages = [span for name, span in spans.items() if span is not call]
        assert {span.parent_span_id for span in stages} == {call.span_id}
        assert all(call.start_time_unix_nano <= span.start_time_unix_nano for span in stages)
        assert all(span.end_time_unix_nano <= call.end_time_unix_nano for span in stages)
        assert attributes(spans["newapi_call"])["deepspace.channel"] == "default"
        sent_on = world.upstream.headers[-1]["traceparent"]
        assert sent_on == f"00-{TRACE}-{call.span_id.hex()}-01"
        assert receiver.services == {"deepspace-gateway"}


async def test_a_refused_call_says_where_and_a_trace_that_nobody_samples_is_not_told(
    database_url: str, clean_redis_url: str
) -> None:
    other = "f" * 32
    with receiving() as receiver:
        async with running_gateway(database_url, clean_redis_url, otlp_endpoint=receiver.url) as world:
            await _called(world, f"00-{other}-{PARENT}-00")
            headers = {"authorization": "Bearer nobody", "traceparent": f"00-{TRACE}-{PARENT}-01"}
            body = {"model": "ok", "messages": []}
            refused = await world.client.post("/chat/completions", json=body, headers=headers)
        assert refused.status_code == 401
        spans = receiver.of(TRACE, count=2)
        assert spans["auth"].status.code == 2
        assert attributes(spans["POST /v1/chat/completions"])["http.response.status_code"] == 401
        assert {span.trace_id.hex() for span in receiver.spans} == {TRACE}


async def test_a_collector_that_is_away_costs_no_call(database_url: str, clean_redis_url: str) -> None:
    async with running_gateway(database_url, clean_redis_url, otlp_endpoint="http://127.0.0.1:9") as world:
        assert (await _called(world, f"00-{TRACE}-{PARENT}-01")).status_code == 200


def test_a_gateway_that_tells_no_collector_does_not_load_what_would() -> None:
    code = (
        "import sys, deepspace_http.lifespan\n"
        "from deepspace_adapters.settings import Settings\n"
        "from deepspace_http.call_traces import call_traces\n"
        "with call_traces(Settings()) as tell:\n"
        "    print(tell, [one for one in sys.modules if 'otlp' in one or one.startswith('opentelemetry.sdk.trace')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "None []"
