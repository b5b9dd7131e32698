"""The request log of a call, made from its exchange, as a rider of the call's last movement of money."""

from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.audit import RequestLog, StageTiming, bounded_model_name, bounded_user_agent
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.record import Record
from deepspace_core.pipeline.exchange import NANOS_PER_MICROSECOND, Exchange
from deepspace_core.pipeline.ports import UpstreamReply

NANOS_PER_MILLISECOND = 1_000_000


_new_request_log, _new_timing = maker_of(RequestLog), maker_of(StageTiming)


@dataclass(frozen=True, slots=True)
class CallLog:
    """Writes down each call once: riding with its money, or given out for a call that moved none."""

    clock: Clock
    ids: IdSource

    def riders(self, exchange: Exchange, *, during: str | None = None) -> Sequence[Record]:
        """The log of a call that is being settled; empty when it has been logged already.

        `during` names the stage that is just sending the last bytes of a whole answer: the log is made before them.
        """
        if exchange.logged:
            return ()
        if during is None or exchange.reply is None:
            return (self.log(exchange, status=exchange.client.status, error=exchange.fault),)
        return (self.log(exchange, status=exchange.reply.status, error=None, during=during),)

    def log(
        self, exchange: Exchange, *, status: int, error: DeepSpaceError | None, during: str | None = None
    ) -> RequestLog:
        """The log of a call that ended with `status` towards its client; marks the exchange as logged."""
        exchange.logged = True
        elapsed_nanos = self.clock.monotonic_nanos() - exchange.began_nanos
        under_way = () if during is None else (_so_far(exchange, during, elapsed_nanos),)
        principal, reply = exchange.principal, exchange.reply
        # All by place: each of so many keywords is looked for among all parameters.
        return _new_request_log(
            self.ids.uuid(),
            exchange.trace_id,
            principal.org_id if principal else None,
            principal.project_id if principal else None,
            principal.api_key_id if principal else None,
            principal.user_id if principal else None,
            exchange.method,
            exchange.route,
            exchange.model.name if exchange.model else bounded_model_name(exchange.request.model),
            exchange.request.stream,
            status,
            error.code if error else None,
            (*exchange.timeline, *under_way),
            exchange.client_address,
            bounded_user_agent(exchange.user_agent),
            exchange.body_bytes,
            exchange.bytes_sent,
            exchange.received_at,
            elapsed_nanos // NANOS_PER_MILLISECOND,
            None if exchange.first_token_nanos is None else exchange.first_token_nanos // NANOS_PER_MILLISECOND,
            reply.upstream_request_id if reply else None,
            _upstream_status(exchange, error),
            reply.attempts if reply else _attempts_of(error),
            _channel_of(reply, error),
        )


def _so_far(exchange: Exchange, stage: str, elapsed_nanos: int) -> StageTiming:
    """Of a stage that has not ended: it began where the one before it ended."""
    began_micros = exchange.timeline[-1].until_micros if exchange.timeline else 0
    return _new_timing(stage, began_micros, elapsed_nanos // NANOS_PER_MICROSECOND - began_micros)


def _upstream_status(exchange: Exchange, error: DeepSpaceError | None) -> int | None:
    """What the upstream answered with: an accepted call's 200, or what the error it became remembers."""
    if exchange.reply is not None:
        return exchange.reply.status
    told = error.fields.get("upstream_status") if error else None
    return told if isinstance(told, int) else None


def _attempts_of(error: DeepSpaceError | None) -> int:
    """How often a call that failed was sent; an error on the way in has sent nothing."""
    told = error.fields.get("attempts") if error else None
    return told if isinstance(told, int) else 0


def _channel_of(reply: UpstreamReply | None, error: DeepSpaceError | None) -> str | None:
    if reply is not None:
        return reply.channel.name if reply.channel else None
    told = error.fields.get("channel") if error else None
    return told if isinstance(told, str) else None
