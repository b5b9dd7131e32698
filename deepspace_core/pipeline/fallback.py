"""Sends a call to one of several channels, and to another when that fails: the `Upstream` port over channels.

Rules:
- Before the first content byte only. ATTEMPTS_MAX sendings in all, and none begins after SENDING_SECONDS_MAX.
- After a failure another channel is tried at once, if one is left that is not resting. Only where none is left is the
  same one asked again, after a pause, and only for failures after which asking again is safe and of use.
- The pause doubles, with jitter. An upstream's Retry-After is kept to when it is short (RETRY_AFTER_SECONDS_MAX);
  otherwise the caller is told.
- Two breakers watch a sending: the channel's own for what concerns all of it (no connection, silence, our credential
  refused), and one for the model on that channel for errors that it answers with: an aggregator that can't serve one
  model may serve the others. A model that a channel does not have, and a request that is refused, are nobody's failure.
- What an aggregator says of the request itself goes to the caller as it is: no other channel is asked.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NoReturn, TypeAlias

from deepspace_core.channels import (
    ANY_MODEL,
    BreakerBoard,
    BreakerState,
    Channel,
    ChannelDirectory,
    ChannelsResting,
    ChannelTable,
    NoChannel,
    choose,
)
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.kernel.ids import ChannelId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.pipeline.errors import (
    UpstreamFailed,
    UpstreamMisconfigured,
    UpstreamRefused,
    UpstreamSilent,
    UpstreamUnreachable,
)
from deepspace_core.pipeline.ports import ChannelCaller, UpstreamReply, UpstreamRequest, WireCodec

ATTEMPTS_MAX = 3
PAUSE_SECONDS = 0.1
"""Before the second sending to the same channel; the next pause is twice as long. Half to one and a half of it."""
RETRY_AFTER_SECONDS_MAX = 2
SENDING_SECONDS_MAX = 150
NANOS_PER_SECOND = 1_000_000_000
MODEL_ABSENT = "model_not_found"
"""NewAPI's code, with status 503, for a model that none of its own channels has."""

_TOO_MANY = 429
_PASSING = frozenset({502, 503, 504})
"""Answers of something between us and the model, which may be gone a moment later."""

Draw: TypeAlias = Callable[[], float]
"""A number in [0, 1), another one each time."""


class Again(Enum):
    """What may be done after a sending failed."""

    ANYWHERE = "anywhere"
    ELSEWHERE = "elsewhere"
    NOWHERE = "nowhere"


@dataclass(slots=True)
class ChannelRouter:
    """The `Upstream` port. Has a state: what this process has learnt of its channels' failures."""

    directory: ChannelDirectory
    caller: ChannelCaller
    codec: WireCodec
    clock: Clock
    tasks: Tasks
    draw: Draw
    breakers: BreakerBoard = field(default_factory=BreakerBoard)
    _table: ChannelTable | None = field(default=None, init=False)

    async def send(self, request: UpstreamRequest) -> UpstreamReply:
        """Raises what the last sending raised, NoChannel, or ChannelsResting."""
        table = await self.directory.table()
        if table is not self._table:
            self._learn(table)
        ranked = table.serving(request.model)
        began = self.clock.monotonic_nanos()
        failed: set[ChannelId] = set()
        for attempt in range(1, ATTEMPTS_MAX + 1):
            channel = self._chosen(ranked, failed, request.model)
            try:
                return await self._sent(channel, request, attempt)
            except DeepSpaceError as fault:
                again = again_after(fault)
                over = attempt == ATTEMPTS_MAX or self._seconds_since(began) >= SENDING_SECONDS_MAX
                if over or _is_begun(request) or again is Again.NOWHERE:
                    raise
                failed.add(channel.id)
                if self._any_left(ranked, failed, request.model):
                    continue
                pause = self._pause_seconds(fault, attempt)
                if again is Again.ELSEWHERE or pause is None:
                    raise
                failed.clear()
                await self.tasks.pause(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def note_broken(self, reply: UpstreamReply) -> None:
        """An answer that had begun broke off: the model on its channel fails, whatever its first byte promised."""
        if reply.channel is not None:
            self.breakers.failed((reply.channel.key, reply.model), self.clock.monotonic_nanos())

    def resting(self) -> Mapping[tuple[str, str], BreakerState]:
        """What this process keeps calls away from, or tries again by single ones: by channel and model, `*` for all of
        a channel's."""
        table = self._table or ChannelTable(())
        names = {channel.key: channel.name for channel in table.channels}
        now = self.clock.monotonic_nanos()
        states: dict[tuple[str, str], BreakerState] = {}
        for key, breaker in self.breakers:
            owner, model = (key, ANY_MODEL) if key in names else key if isinstance(key, tuple) else (None, "")
            state = breaker.at(now).state
            if owner in names and state is not BreakerState.CLOSED:
                states[names[owner], str(model)] = state
        return states

    async def _sent(self, channel: Channel, request: UpstreamRequest, attempt: int) -> UpstreamReply:
        model_key = (channel.key, request.model)
        if self.breakers:
            now = self.clock.monotonic_nanos()
            self.breakers.sent(channel.key, now)
            self.breakers.sent(model_key, now)
        try:
            reply = await self.caller.call(channel, self._named(channel, request), attempt=attempt)
        except DeepSpaceError as fault:
            fault.fields.update(channel=channel.name, attempts=attempt)
            self._note(fault, channel.key, model_key)
            raise
        except BaseException:
            if self.breakers:
                now = self.clock.monotonic_nanos()
                self.breakers.abandoned(channel.key, now)
                self.breakers.abandoned(model_key, now)
            raise
        if self.breakers:
            now = self.clock.monotonic_nanos()
            self.breakers.succeeded(channel.key, now)
            self.breakers.succeeded(model_key, now)
        return reply

    def _note(self, fault: DeepSpaceError, channel_key: Hashable, model_key: Hashable) -> None:
        now = self.clock.monotonic_nanos()
        match fault:
            case UpstreamUnreachable() | UpstreamSilent() | UpstreamMisconfigured():
                self.breakers.failed(channel_key, now)
                self.breakers.abandoned(model_key, now)
            case UpstreamFailed() if not _is_nobodys_failure(fault):
                self.breakers.succeeded(channel_key, now)
                self.breakers.failed(model_key, now)
            case _:
                self.breakers.succeeded(channel_key, now)
                self.breakers.abandoned(model_key, now)

    def _named(self, channel: Channel, request: UpstreamRequest) -> UpstreamRequest:
        """The request with what the channel calls its model, where it calls it something else."""
        name = channel.model_names.get(request.model) if channel.model_names else None
        if name is None or name == request.upstream_model:
            return request
        if request.upload is not None or not request.body:
            # A form is given the name as it is sent; a body that isn't there names no model.
            return replace(request, upstream_model=name)
        body = self.codec.rewrite(request.body, model=name, ask_usage=False)
        return replace(request, body=body, upstream_model=name)

    def _chosen(self, ranked: Sequence[Channel], failed: set[ChannelId], model: str) -> Channel:
        if len(ranked) == 1 and not self.breakers:
            return ranked[0]
        chosen = choose(ranked, lambda one: self._admits(one, failed, model), draw=self.draw())
        return chosen or self._refuse(ranked, model)

    def _any_left(self, ranked: Sequence[Channel], failed: set[ChannelId], model: str) -> bool:
        return len(ranked) > 1 and any(self._admits(one, failed, model) for one in ranked)

    def _admits(self, channel: Channel, failed: set[ChannelId], model: str) -> bool:
        now = self.clock.monotonic_nanos()
        return (
            channel.id not in failed
            and self.breakers.admits(channel.key, now)
            and self.breakers.admits((channel.key, model), now)
        )

    def _refuse(self, ranked: Sequence[Channel], model: str) -> NoReturn:
        if not ranked:
            raise NoChannel(
                f"no channel serves the model {model!r} just now; an administrator sees them with "
                "`deepspace channel list`",
                param="model",
            )
        now = self.clock.monotonic_nanos()
        rested = min(
            max(self.breakers.rested_nanos(one.key, now), self.breakers.rested_nanos((one.key, model), now))
            for one in ranked
        )
        seconds = max(1, -(-(rested - now) // NANOS_PER_SECOND))
        raise ChannelsResting(
            f"the model providers of {model!r} have failed too often just now; try again in {seconds} s",
            retry_after_seconds=seconds,
        )

    def _pause_seconds(self, fault: DeepSpaceError, attempt: int) -> float | None:
        """How long to wait before the same channel is asked again; None: not at all."""
        asked = fault.fields.get("upstream_retry_after_seconds")
        pause: float = PAUSE_SECONDS * 2 ** (attempt - 1) * (0.5 + self.draw())
        if not isinstance(asked, int):
            return None if fault.fields.get("upstream_status") == _TOO_MANY else pause
        return None if asked > RETRY_AFTER_SECONDS_MAX else max(pause, asked)

    def _seconds_since(self, began_nanos: int) -> int:
        return (self.clock.monotonic_nanos() - began_nanos) // NANOS_PER_SECOND

    def _learn(self, table: ChannelTable) -> None:
        """Forgets what is known of channels that are gone or have changed."""
        self._table = table
        if self.breakers:
            keys = {channel.key for channel in table.channels}
            self.breakers.forget(lambda key: isinstance(key, tuple) and (key in keys or key[0] in keys))


def _is_begun(request: UpstreamRequest) -> bool:
    """Whether some of a body that can be read only once has been sent."""
    return request.upload is not None and request.upload.begun


def again_after(fault: DeepSpaceError) -> Again:
    """Where a call may be sent once more after it failed like that, nothing having come of it."""
    match fault:
        case UpstreamUnreachable():
            return Again.ANYWHERE
        case UpstreamRefused():
            return Again.NOWHERE
        case UpstreamSilent() | UpstreamMisconfigured():
            # Not to the same one: it may still be at work on the first, or refuses us whatever we send.
            return Again.ELSEWHERE
        case UpstreamFailed():
            if fault.fields.get("upstream_code") == MODEL_ABSENT:
                return Again.ELSEWHERE
            status = fault.fields.get("upstream_status")
            passing = status in _PASSING or status == _TOO_MANY or fault.fields.get("unsent") is True
            return Again.ANYWHERE if passing else Again.ELSEWHERE
        case _:
            return Again.NOWHERE


def _is_nobodys_failure(fault: UpstreamFailed) -> bool:
    """A model that isn't there is the catalogue's affair; too many calls are ours."""
    return fault.fields.get("upstream_code") == MODEL_ABSENT or fault.fields.get("upstream_status") == _TOO_MANY
