"""Address rules: from where an organization, or one of its keys, may be used.

The rule, in order:
1. Rules stand in two layers, the organization's and the key's. Both layers must admit the address: a denial of
   either one wins.
2. Within a layer the most specific network that holds the address decides; of two equally specific, deny wins.
3. When no network of a layer holds the address, the layer admits it, unless the layer has any allow rule: naming
   who may come in keeps everybody else out.
An IPv4 address in an IPv6 dress (`::ffff:192.0.2.1`) is judged as the IPv4 address it is. An address that can't be
read is admitted only where there is no rule at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NewType, TypeAlias
from uuid import UUID

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId
from deepspace_core.policy.errors import AddressForbidden

IpRuleId = NewType("IpRuleId", UUID)
Network: TypeAlias = IPv4Network | IPv6Network

IP_RULES_MAX = 1_000
"""Rules of one organization, its keys' included: they are read as one set and judged in memory."""
NOTE_CHARS_MAX = 200


class IpScope(StrEnum):
    """The layer a rule stands in."""

    ORG = "org"
    KEY = "key"


class IpAction(StrEnum):
    """What a rule says about the addresses it holds."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class IpRule:
    """One network and what is said about it; `scope_id` is the key of a key's rule, else the organization."""

    id: IpRuleId
    org_id: OrgId
    scope: IpScope
    scope_id: UUID
    action: IpAction
    network: Network
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AddressVerdict:
    """Whether the address may come in; `layer` and `rule` tell what kept it out (rule None: nothing allowed it)."""

    admitted: bool
    layer: IpScope | None = None
    rule: IpRule | None = None


ADMITTED = AddressVerdict(admitted=True)


def judge_address(rules: Iterable[IpRule], address: str | None, *, api_key_id: UUID | None) -> AddressVerdict:
    """Judges a client's address by the rules of its organization and key."""
    relevant = [rule for rule in rules if rule.scope is IpScope.ORG or rule.scope_id == api_key_id]
    if not relevant:
        return ADMITTED
    parsed = _parsed(address)
    for layer in IpScope:
        verdict = _judge_layer([rule for rule in relevant if rule.scope is layer], layer, parsed)
        if not verdict.admitted:
            return verdict
    return ADMITTED


def require_admitted(rules: Iterable[IpRule], address: str | None, *, api_key_id: UUID | None) -> None:
    """Raises AddressForbidden unless the address may come in."""
    verdict = judge_address(rules, address, api_key_id=api_key_id)
    if not verdict.admitted:
        layer = verdict.layer.value if verdict.layer else None
        raise AddressForbidden(
            f"the address {address or 'unknown'} is not admitted by the address rules of this "
            f"{layer or 'organization'}; its owner can change them",
            layer=layer,
        )


def read_network(text: str, *, param: str = "network") -> Network:
    """Reads "192.0.2.0/24", "2001:db8::/32" or a single address. Raises InvalidInput when host bits are set."""
    try:
        return ip_network(text.strip())
    except ValueError as fault:
        raise InvalidInput(
            f"{param} must be an address or a CIDR network such as 192.0.2.0/24: {fault}", param=param
        ) from None


def _judge_layer(rules: Sequence[IpRule], layer: IpScope, address: IPv4Address | IPv6Address | None) -> AddressVerdict:
    if not rules:
        return ADMITTED
    if address is None:
        return AddressVerdict(admitted=False, layer=layer)
    holding = [rule for rule in rules if address.version == rule.network.version and address in rule.network]
    if holding:
        decisive = max(holding, key=lambda rule: (rule.network.prefixlen, rule.action is IpAction.DENY))
        return ADMITTED if decisive.action is IpAction.ALLOW else AddressVerdict(False, layer, decisive)
    if any(rule.action is IpAction.ALLOW for rule in rules):
        return AddressVerdict(admitted=False, layer=layer)
    return ADMITTED


def _parsed(address: str | None) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
