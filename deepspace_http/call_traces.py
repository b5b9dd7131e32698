"""Telling a collector of calls, where the settings name one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from deepspace_adapters.settings import Fault, Settings, SettingsFault
from deepspace_core.pipeline import Exchange
from deepspace_http.trace import RequestTrace

TellCall: TypeAlias = Callable[[Exchange, RequestTrace, int, int], None]
"""The exchange, its trace, the status that its client saw, and how long it took in nanoseconds."""

SERVICE = "deepspace-gateway"
LACKING = Fault(
    "DEEPSPACE_OTLP_ENDPOINT", "needs OpenTelemetry, which is not installed", "install deepspace-workflows[tracing]"
)


@contextmanager
def call_traces(settings: Settings) -> Iterator[TellCall | None]:
    """None where nobody listens; then OpenTelemetry is not even loaded. Raises SettingsFault where it can't be."""
    if settings.otlp_endpoint is None:
        yield None
        return
    try:
        from deepspace_adapters.otlp.call_tracer import CallTracer  # noqa: PLC0415 - it need not be installed
    except ImportError as fault:
        raise SettingsFault([LACKING]) from fault
    tracer = CallTracer(settings.otlp_endpoint, service=SERVICE)

    def tell(exchange: Exchange, trace: RequestTrace, status: int, took_nanos: int) -> None:
        tracer.tell(exchange, parent_id=trace.parent_id, status=status, took_nanos=took_nanos)

    try:
        yield tell
    finally:
        tracer.close()
