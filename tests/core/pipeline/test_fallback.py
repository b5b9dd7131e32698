"""Where a call goes after a channel has failed it, and where it does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.channels import (
    BreakerBoard,
    BreakerState,
    BreakerTerms,
    Channel,
    ChannelsResting,
    ChannelTable,
    NoChannel,
)
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.pipeline import (
    ChannelRouter,
    UpstreamFailed,
    UpstreamMisconfigured,
    UpstreamRefused,
    UpstreamReply,
    UpstreamRequest,
    UpstreamSilent,
    UpstreamUnreachable,
)
from deepspace_core.pipeline.fallback import ATTEMPTS_MAX, SENDING_SECONDS_MAX
from tests.core.channels.values import channel
from tests.core.pipeline.sides import FakeUpstream
from tests.fakes import FixedClock, InlineTasks

REQUEST = UpstreamRequest(
    path="chat/completions",
    body=b"{}",
    stream=False,
    traceparent="",
    request_id="req_1",
    model="small",
    upstream_model="small-up",
)
A, B, C = channel("a", priority=2), channel("b", priority=1), channel("c", priority=1)
UNREACHABLE = UpstreamUnreachable("nobody there")


def status(code: int, **more: Any) -> UpstreamFailed:
    return UpstreamFailed(f"answered {code}", upstream_status=code, **more)


@dataclass
class Channels:
    """The `ChannelDirectory` and `ChannelCaller` ports: each channel fails as told, in order, then answers."""

    table_now: ChannelTable
    faults: dict[str, list[BaseException]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    requests: list[UpstreamRequest] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    async def table(self) -> ChannelTable:
        return self.table_now

    async def call(self, channel: Channel, request: UpstreamRequest, *, attempt: int) -> UpstreamReply:
        self.calls.append(channel.name)
        self.requests.append(request)
        self.before()
        if self.faults.get(channel.name):
            raise self.faults[channel.name].pop(0)
        return FakeUpstream(channel=channel, attempts=attempt)


class PausingTasks(InlineTasks):
    """Remembers the pauses, which take their time by the clock."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self._clock = clock

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._clock.advance(seconds=seconds)


class Codec(FakeUpstream):
    """Writes the model's name as the body."""

    def rewrite(self, body: bytes, *, model: str | None, ask_usage: bool) -> bytes:
        return (model or "").encode()


@dataclass
class World:
    """A router over channels that fail as told."""

    channels: Channels
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.tasks = PausingTasks(self.clock)
        self.router = ChannelRouter(
            directory=self.channels,
            caller=self.channels,
            codec=Codec(),
            clock=self.clock,
            tasks=self.tasks,
            draw=lambda: 0.5,
            breakers=BreakerBoard(terms=BreakerTerms(calls_min=2)),
        )

    async def send(self) -> str:
        """The channel that answers, or the code of the fault."""
        try:
            reply = await self.router.send(REQUEST)
        except DeepSpaceError as fault:
            return fault.code
        return reply.channel.name if reply.channel else ""


def world(*channels: Channel, **faults: Sequence[BaseException]) -> World:
    return World(Channels(ChannelTable(channels), {name: list(told) for name, told in faults.items()}))


async def test_one_channel_that_works_gets_the_call_and_is_named_by_the_reply() -> None:
    one = world(A)
    reply = await one.router.send(REQUEST)
    assert (reply.channel, reply.attempts) == (A, 1)
    assert not one.router.breakers, "nothing is counted of what does not fail"


@pytest.mark.parametrize(
    ("fault", "calls", "ends"),
    [
        (UNREACHABLE, ["a", "b"], "b"),
        (UpstreamSilent("nothing came"), ["a", "b"], "b"),
        (UpstreamMisconfigured("refuses us"), ["a", "b"], "b"),
        (status(500), ["a", "b"], "b"),
        (status(429), ["a", "b"], "b"),
        (status(503, upstream_code="model_not_found"), ["a", "b"], "b"),
        (status(200), ["a", "b"], "b"),
        (UpstreamRefused("your own fault"), ["a"], "upstream_refused"),
    ],
)
async def test_another_channel_is_asked_at_once_for_all_but_a_fault_of_the_request(
    fault: DeepSpaceError, calls: list[str], ends: str
) -> None:
    two = world(A, B, a=[fault])
    assert await two.send() == ends
    assert two.channels.calls == calls
    assert two.tasks.pauses == []


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        (UNREACHABLE, 2),
        (status(502), 2),
        (status(503), 2),
        (status(429, upstream_retry_after_seconds=2), 2),
        (UpstreamFailed("a kept connection had closed", unsent=True), 2),
        (status(429), 1),
        (status(429, upstream_retry_after_seconds=30), 1),
        (status(503, upstream_retry_after_seconds=30), 1),
        (status(503, upstream_code="model_not_found"), 1),
        (status(500), 1),
        (UpstreamSilent("nothing came"), 1),
        (UpstreamMisconfigured("refuses us"), 1),
        (UpstreamRefused("your own fault"), 1),
    ],
)
async def test_the_only_channel_is_asked_again_only_where_that_is_safe_and_of_use(
    fault: DeepSpaceError, calls: int
) -> None:
    one = world(A, a=[fault])
    assert await one.send() == ("a" if calls > 1 else fault.code)
    assert len(one.channels.calls) == calls


async def test_a_short_retry_after_is_kept_to_and_other_pauses_double() -> None:
    one = world(A, a=[status(503, upstream_retry_after_seconds=2)])
    await one.send()
    assert one.tasks.pauses == [2]
    one = world(A, a=[status(503), status(503)])
    one.router.breakers = BreakerBoard()
    await one.send()
    assert one.tasks.pauses == [0.1, 0.2]


async def test_attempts_are_bounded_whoever_fails() -> None:
    three = world(A, B, C, a=[UNREACHABLE] * 9, b=[UNREACHABLE] * 9, c=[UNREACHABLE] * 9)
    with pytest.raises(UpstreamUnreachable) as caught:
        await three.router.send(REQUEST)
    assert sorted(three.channels.calls) == ["a", "b", "c"]
    assert caught.value.fields["attempts"] == ATTEMPTS_MAX
    assert caught.value.fields["channel"] in {"b", "c"}


async def test_no_sending_begins_after_the_time_for_it_is_over() -> None:
    two = world(A, B, a=[UpstreamSilent("at last")])
    two.channels.before = lambda: two.clock.advance(seconds=SENDING_SECONDS_MAX)
    assert await two.send() == "upstream_timeout"


async def test_a_channel_that_keeps_failing_rests_and_comes_back_after_a_probe() -> None:
    two = world(A, B, a=[UNREACHABLE] * 2)
    assert [await two.send() for _ in range(4)] == ["b"] * 4
    assert two.channels.calls == ["a", "b", "a", "b", "b", "b"]
    two.clock.advance(seconds=10)
    assert await two.send() == "a"


async def test_what_rests_is_told_by_channel_and_model() -> None:
    two = world(A, B, a=[UNREACHABLE] * 2, b=[status(500)] * 2)
    for _ in range(2):
        await two.send()
    assert two.router.resting() == {("a", "*"): BreakerState.OPEN, ("b", "small"): BreakerState.OPEN}
    two.clock.advance(seconds=5)
    assert set(two.router.resting().values()) == {BreakerState.HALF_OPEN}


async def test_when_all_rest_the_caller_is_told_for_how_long() -> None:
    one = world(A, a=[UNREACHABLE] * 3)
    await one.send()
    with pytest.raises(ChannelsResting) as caught:
        await one.router.send(REQUEST)
    assert 1 <= int(str(caught.value.fields["retry_after_seconds"])) <= 5
    assert len(one.channels.calls) == 2, "the breaker trips between two sendings too"


async def test_a_model_that_fails_does_not_take_the_others_of_its_channel_along() -> None:
    one = world(A, a=[status(500)] * 2)
    await one.send()
    await one.send()
    assert await one.send() == "channels_resting"
    reply = await one.router.send(replace(REQUEST, model="other"))
    assert reply.channel == A


async def test_answers_that_break_off_count_against_the_model_on_its_channel() -> None:
    two = world(A, B)
    for _ in range(2):
        two.router.note_broken(await two.router.send(REQUEST))
    assert await two.send() == "b"


async def test_an_edited_channel_starts_afresh_and_a_model_nobody_serves_says_so() -> None:
    one = world(A, a=[UNREACHABLE] * 3)
    await one.send()
    one.channels.table_now = ChannelTable((channel("a", priority=2, version=2),))
    assert await one.send() == "a"
    one.channels.table_now = ChannelTable((channel("a", models=frozenset({"large"})),))
    with pytest.raises(NoChannel, match="'small'"):
        await one.router.send(REQUEST)


async def test_a_channel_gets_the_name_that_it_calls_the_model() -> None:
    one = world(channel("a", model_names={"small": "small-2024"}))
    await one.send()
    assert (one.channels.requests[0].body, one.channels.requests[0].upstream_model) == (b"small-2024", "small-2024")


async def test_what_has_no_body_to_rewrite_is_named_all_the_same() -> None:
    one = world(channel("a", model_names={"small": "small-2024"}))
    await one.router.send(replace(REQUEST, body=b""))
    assert (one.channels.requests[0].body, one.channels.requests[0].upstream_model) == (b"", "small-2024")


async def test_a_caller_who_leaves_frees_the_probe_for_the_next() -> None:
    one = world(A, a=[UNREACHABLE] * 2)
    await one.send()
    one.clock.advance(seconds=10)
    one.channels.faults["a"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        await one.router.send(REQUEST)
    assert await one.send() == "a"


FAULTS = [UNREACHABLE, UpstreamSilent("s"), UpstreamMisconfigured("m"), UpstreamRefused("r"), status(500), status(503)]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), min_size=1, max_size=4),
    st.lists(st.lists(st.sampled_from(FAULTS), max_size=4), min_size=4, max_size=4),
)
async def test_whatever_fails_a_call_is_sent_a_bounded_number_of_times_and_never_after_it_was_answered(
    terms: list[tuple[int, int]], faults: list[list[DeepSpaceError]]
) -> None:
    channels = [channel(f"c{n}", priority=priority, weight=weight) for n, (priority, weight) in enumerate(terms)]
    many = world(*channels, **{f"c{n}": told for n, told in enumerate(faults)})
    for _ in range(3):
        before = len(many.channels.calls)
        ended = await many.send()
        sent = many.channels.calls[before:]
        assert len(sent) <= ATTEMPTS_MAX
        answered = ended in {one.name for one in channels}
        assert not answered or sent[-1] == ended
        assert sent or ended == "channels_resting"
