"""A channel: one upstream that calls may be sent to, with its credential, its share of the calls and its prices.

Rules:
- Names are unique and stay: usage records and traces carry them.
- Of the channels that serve a model, those of the highest priority that are not resting share its calls by weight.
- `models` None serves every model; otherwise our names of those it serves.
- `model_names` says what the channel calls a model, where that is not the catalogue's upstream name.
- `cost_rates` are what the channel charges US, by our name of the model, or under ANY_MODEL; so the margin of a call is
  its price less its cost. Without rates the cost is unknown, which is not the same as nothing.
- The channel of the settings (DEEPSPACE_NEWAPI_*) is called DEFAULT_NAME. What is stored under that name says how it is
  used; where it is and its credential stay the environment's.
- Every change makes a new version: what a gateway has learnt of the one before is forgotten.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from deepspace_core.catalogue import is_name
from deepspace_core.channels.address import checked_url
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ChannelId, ModelId, PriceId
from deepspace_core.kernel.units import NO_UNITS, Unit, Units
from deepspace_core.pricing import Cost, RateCard, Tier, TokenLeaves, checked, cost

DEFAULT_NAME = "default"
DEFAULT_ID = ChannelId(UUID(int=0))
ANY_MODEL = "*"
NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
PRIORITY_MAX = 1_000
WEIGHT_MAX = 1_000
MODELS_MAX = 1_000
CHANNELS_MAX = 1_000
CREDENTIAL_CHARACTERS_MAX = 2_000
_NOBODY = UUID(int=0)
_EVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CostRates:
    """What a channel charges us for a model, from now on; past calls keep what they cost."""

    tiers: tuple[Tier, ...]
    currency: str = "USD"
    per_request_picos: int = 0
    unit_picos: Mapping[Unit, int] = field(default_factory=dict)
    """For an image, a second of sound, a character: beside tokens, as a rate card has them."""

    @cached_property
    def card(self) -> RateCard:
        """The same as a rate card, which is how costs are computed."""
        return RateCard(
            id=PriceId(_NOBODY),
            model_id=ModelId(_NOBODY),
            version=1,
            effective_at=_EVER,
            currency=self.currency,
            tiers=self.tiers,
            per_request_picos=self.per_request_picos,
            unit_picos=self.unit_picos,
        )


@dataclass(frozen=True, slots=True)
class LogAccess:
    """How the channel's own log is read: NewAPI's `/api/log/`, as one of its administrators.

    `base_url` is where its console is; `token_name` narrows the log to the token that we call with.
    """

    base_url: str
    user_id: int
    sealed_token: bytes = field(repr=False)
    token_name: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One upstream. `sealed_key` None: the credential is the environment's."""

    id: ChannelId
    name: str
    base_url: str
    sealed_key: bytes | None = field(repr=False)
    priority: int
    weight: int
    models: frozenset[str] | None
    model_names: Mapping[str, str]
    cost_rates: Mapping[str, CostRates]
    log: LogAccess | None
    enabled: bool
    version: int
    created_at: datetime

    @property
    def key(self) -> tuple[ChannelId, int]:
        """Names the channel as it is now: another version is another key."""
        return self.id, self.version

    def serves(self, model_name: str) -> bool:
        """Whether calls of that model may go there."""
        return self.enabled and (self.models is None or model_name in self.models)

    def cost_of(self, model_name: str, leaves: TokenLeaves, units: Units = NO_UNITS) -> Cost | None:
        """What a call costs us there; None where nobody has said what it charges."""
        rates = self.rates_for(model_name)
        return None if rates is None else cost(rates.card, leaves, units)

    def rates_for(self, model_name: str) -> CostRates | None:
        """What it charges for that model."""
        return self.cost_rates.get(model_name) or self.cost_rates.get(ANY_MODEL)


def given_channel(base_url: str, *, created_at: datetime) -> Channel:
    """The channel of the settings, as it is used while nobody says otherwise."""
    return Channel(
        id=DEFAULT_ID,
        name=DEFAULT_NAME,
        base_url=base_url,
        sealed_key=None,
        priority=0,
        weight=1,
        models=None,
        model_names={},
        cost_rates={},
        log=None,
        enabled=True,
        version=0,
        created_at=created_at,
    )


def all_channels(stored: Sequence[Channel], given: Channel | None) -> list[Channel]:
    """Those that are stored and the one of the settings, which takes its place and credential from there."""
    others = [channel for channel in stored if channel.name != DEFAULT_NAME]
    if given is None:
        return others
    kept = next((channel for channel in stored if channel.name == DEFAULT_NAME), given)
    return [replace(kept, base_url=given.base_url), *others]


def purpose_of_key(channel_id: ChannelId) -> str:
    """What a channel's credential is sealed for."""
    return f"channel:{channel_id.hex}:key"


def purpose_of_log_token(channel_id: ChannelId) -> str:
    """What the token for a channel's log is sealed for."""
    return f"channel:{channel_id.hex}:log"


def checked_channel(channel: Channel) -> Channel:
    """The channel, its addresses in their plain form. Raises InvalidInput naming the field and what would be right."""
    if not NAME_PATTERN.fullmatch(channel.name):
        raise InvalidInput(
            "name must be 1 to 63 lower-case letters, digits or any of . _ -, starting with a letter or digit",
            param="name",
        )
    if not 0 <= channel.priority <= PRIORITY_MAX:
        raise InvalidInput(f"priority must be between 0 and {PRIORITY_MAX}", param="priority")
    if not 1 <= channel.weight <= WEIGHT_MAX:
        raise InvalidInput(f"weight must be between 1 and {WEIGHT_MAX}; disable a channel instead", param="weight")
    _check_models(channel)
    for name, rates in channel.cost_rates.items():
        if name != ANY_MODEL and not is_name(name):
            raise InvalidInput(f"cost: {name[:64]!r} is no model's name, nor {ANY_MODEL}", param="cost_rates")
        checked(rates.card)
    log = channel.log
    return replace(
        channel,
        base_url=checked_url(channel.base_url),
        log=log and replace(log, base_url=checked_url(log.base_url, param="log_url")),
    )


def _check_models(channel: Channel) -> None:
    named = {"models": channel.models or frozenset(), "model_names": frozenset(channel.model_names)}
    for param, names in named.items():
        if len(names) > MODELS_MAX:
            raise InvalidInput(f"{param} may name {MODELS_MAX} models at most", param=param)
        if odd := sorted(name for name in names if not is_name(name)):
            raise InvalidInput(f"{param}: {odd[0][:64]!r} is no model's name", param=param)
    if channel.models is not None and not channel.models:
        raise InvalidInput("models must name at least one; leave it out for all", param="models")
    if odd := sorted(name for name in channel.model_names.values() if not is_name(name)):
        raise InvalidInput(f"model_names: {odd[0][:64]!r} can't be what a channel calls a model", param="model_names")
