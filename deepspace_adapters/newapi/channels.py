"""Channels as NewAPI clients: opens their credentials, sends to them, looks at them.

A client is made when its channel is used first, and again when the channel has changed; all share one transport. What
is kept is bounded by the channels there are, since a version is dropped as soon as a later one is seen.
"""

from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from deepspace_adapters.newapi.client import NewApiClient, NewApiSettings
from deepspace_adapters.newapi.transport import Http1Transport
from deepspace_adapters.settings import Settings
from deepspace_core.channels import Channel, ChannelProbe, given_channel, purpose_of_key
from deepspace_core.kernel.errors import DeepSpaceError, SecretUnreadable, Unavailable
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.pipeline import UpstreamMisconfigured, UpstreamReply, UpstreamRequest


class NewApiChannels:
    """The `ChannelCaller` and `ChannelProbe` ports. `defaults` has the timeouts, and the settings' own credential."""

    def __init__(self, defaults: NewApiSettings, transport: Http1Transport, box: SecretBox) -> None:
        self._defaults = defaults
        self._transport = transport
        self._box = box
        self._clients: dict[int, tuple[Channel, NewApiClient]] = {}
        """By the numbers of their channels' ids, which hash at once."""

    def call(self, channel: Channel, request: UpstreamRequest, *, attempt: int) -> Coroutine[Any, Any, UpstreamReply]:
        return self._client_of(channel).send(request, channel=channel, attempt=attempt)

    async def probe(self, channel: Channel) -> int | None:
        return await self._client_of(channel).count_models()

    def _client_of(self, channel: Channel) -> NewApiClient:
        known = self._clients.get(channel.id.int)
        if known is not None and (known[0] is channel or known[0].key == channel.key):
            return known[1]
        client = NewApiClient(
            replace(self._defaults, base_url=channel.base_url, api_key=self._key_of(channel)), self._transport
        )
        self._clients[channel.id.int] = (channel, client)
        return client

    def _key_of(self, channel: Channel) -> str:
        if channel.sealed_key is None:
            return self._defaults.api_key
        try:
            return self._box.open(channel.sealed_key, purpose=purpose_of_key(channel.id))
        except SecretUnreadable as fault:
            raise UpstreamMisconfigured(
                "the credential of a model provider can't be read; the operator has been told",
                upstream_message=fault.message,
            ) from fault


class SettingsChannel:
    """The `GivenChannel` port: the upstream that DEEPSPACE_NEWAPI_BASE_URL names."""

    def __init__(self, base_url: str | None, *, clock: Clock) -> None:
        self._channel = None if base_url is None else given_channel(base_url, created_at=clock.now())

    def channel(self) -> Channel | None:
        return self._channel


async def any_answers(channels: Sequence[Channel], probe: ChannelProbe) -> None:
    """Returns as soon as one of them answers. Raises what the last one raised, or Unavailable when there is none."""
    last: DeepSpaceError = Unavailable("there is no enabled channel")
    for channel in channels:
        try:
            await probe.probe(channel)
        except DeepSpaceError as fault:
            last = fault
        else:
            return
    raise last


def newapi_settings(settings: Settings) -> NewApiSettings:
    """What clients of upstreams need of the settings; address and key are those of the settings' own, if any."""
    return NewApiSettings(
        base_url=settings.newapi_base_url or "",
        api_key=settings.newapi_api_key or "",
        connect_timeout_seconds=settings.upstream_connect_timeout_seconds,
        first_byte_timeout_seconds=settings.upstream_first_byte_timeout_seconds,
        idle_timeout_seconds=settings.upstream_idle_timeout_seconds,
    )


def newapi_base_url(settings: Settings) -> str | None:
    """Where the settings' own upstream is."""
    return settings.newapi_base_url
