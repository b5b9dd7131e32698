"""What an administrator may change of a channel, and what the audit trail is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from deepspace_core.channels.channel import (
    CREDENTIAL_CHARACTERS_MAX,
    DEFAULT_NAME,
    Channel,
    CostRates,
    LogAccess,
    checked_channel,
    purpose_of_key,
    purpose_of_log_token,
)
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ChannelId
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.pricing import show_tiers, show_unit_rates

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class LogChanges:
    """How to read a channel's log. `token` None keeps the one that is stored."""

    base_url: str
    user_id: int
    token: str | None = None
    token_name: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelChanges:
    """What to change of a channel; None leaves it as it is. An empty `models` means all, an empty mapping none.

    `forget_log` True: its log is no longer read, and the token for it is stored no longer.
    """

    base_url: str | None = None
    key: str | None = None
    priority: int | None = None
    weight: int | None = None
    models: frozenset[str] | None = None
    model_names: Mapping[str, str] | None = None
    cost_rates: Mapping[str, CostRates] | None = None
    log: LogChanges | None = None
    forget_log: bool | None = None
    enabled: bool | None = None

    def told(self) -> dict[str, object]:
        """What changes, for the audit trail: secrets only as having been replaced."""
        given = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) is not None}
        return {name: "replaced" if name == "key" else _json_safe(value) for name, value in given.items()}

    def applied_to(self, channel: Channel, box: SecretBox) -> Channel:
        """The channel as it will be, checked. Raises InvalidInput."""
        if channel.name == DEFAULT_NAME and (self.base_url is not None or self.key is not None):
            raise InvalidInput(
                "the channel of the settings has its place and key from DEEPSPACE_NEWAPI_BASE_URL and "
                "DEEPSPACE_NEWAPI_API_KEY; change them there",
                param="base_url" if self.base_url is not None else "key",
            )
        return checked_channel(
            replace(
                channel,
                base_url=_changed(self.base_url, channel.base_url),
                sealed_key=channel.sealed_key if self.key is None else sealed_key(box, channel.id, self.key),
                priority=_changed(self.priority, channel.priority),
                weight=_changed(self.weight, channel.weight),
                models=channel.models if self.models is None else self.models or None,
                model_names=_changed(self.model_names, channel.model_names),
                cost_rates=_changed(self.cost_rates, channel.cost_rates),
                log=self._log(channel, box),
                enabled=_changed(self.enabled, channel.enabled),
                version=channel.version + 1,
            )
        )

    def _log(self, channel: Channel, box: SecretBox) -> LogAccess | None:
        if self.forget_log:
            if self.log is not None:
                raise InvalidInput("leave `log` out where it is to be forgotten", param="forget_log")
            return None
        return channel.log if self.log is None else _log_access(box, channel, self.log)


def sealed_key(box: SecretBox, channel_id: ChannelId, key: str) -> bytes:
    """The credential of a channel as it is stored. Raises InvalidInput."""
    return box.seal(_credential(key, param="key"), purpose=purpose_of_key(channel_id))


def _log_access(box: SecretBox, channel: Channel, wanted: LogChanges) -> LogAccess:
    if wanted.token is not None:
        token = _credential(wanted.token, param="log_token")
        sealed = box.seal(token, purpose=purpose_of_log_token(channel.id))
    elif channel.log is not None:
        sealed = channel.log.sealed_token
    else:
        raise InvalidInput("log_token is missing: an access token of an administrator of NewAPI", param="log_token")
    return LogAccess(
        base_url=wanted.base_url, user_id=wanted.user_id, sealed_token=sealed, token_name=wanted.token_name
    )


def _credential(text: str, *, param: str) -> str:
    """It travels in a header. Raises InvalidInput, never showing it."""
    wanted = text.strip()
    if not wanted or len(wanted) > CREDENTIAL_CHARACTERS_MAX or not wanted.isascii() or not wanted.isprintable():
        raise InvalidInput(f"{param} must be 1 to {CREDENTIAL_CHARACTERS_MAX} printable ASCII characters", param=param)
    return wanted


def _changed(wanted: Value | None, standing: Value) -> Value:
    return standing if wanted is None else wanted


def _json_safe(value: object) -> object:
    match value:
        case frozenset():
            return sorted(value)
        case LogChanges():
            return {"base_url": value.base_url, "user_id": value.user_id, "token_name": value.token_name}
        case CostRates():
            return {
                "currency": value.currency,
                "per_request_picos": value.per_request_picos,
                "unit_picos": show_unit_rates(value.unit_picos),
                "tiers": show_tiers(value.tiers),
            }
        case Mapping():
            return {str(name): _json_safe(one) for name, one in value.items()}
        case _:
            return value
