"""Dramatiq middleware: every line that is logged for a job carries the job's trace."""

from dramatiq import Broker, Middleware
from dramatiq.broker import MessageProxy

from deepspace_adapters.logging import TRACE_ID
from deepspace_core.kernel.ids import TraceId


class Tracing(Middleware):
    """Sets the trace for the thread that processes a message.

    The coroutine that does the work inherits it: scheduling from a thread copies the thread's context.
    """

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        TRACE_ID.set(TraceId(str(message.kwargs.get("trace_id", ""))) or None)

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        TRACE_ID.set(None)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        TRACE_ID.set(None)
