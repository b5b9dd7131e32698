"""Address rules: both layers must admit, the most specific network decides, deny wins a tie."""

from dataclasses import replace

import pytest

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.policy import IpAction, IpRule, IpScope, judge_address, read_network
from tests.core.metering_values import KEY, OFFICE, USER


def _rules(*texts: str) -> list[IpRule]:
    """ "org allow 10.0.0.0/8" or "key deny ::/0" """
    return [_rule(*text.split()) for text in texts]


def _rule(scope: str, action: str, network: str) -> IpRule:
    layer = IpScope(scope)
    scope_id = OFFICE.org_id if layer is IpScope.ORG else KEY
    return replace(OFFICE, scope=layer, scope_id=scope_id, action=IpAction(action), network=read_network(network))


@pytest.mark.parametrize(
    ("rules", "address", "admitted"),
    [
        ([], "192.0.2.1", True),
        ([], None, True),
        (["org allow 192.0.2.0/24"], "192.0.2.1", True),
        (["org allow 192.0.2.0/24"], "198.51.100.1", False),
        (["org deny 192.0.2.0/24"], "192.0.2.1", False),
        (["org deny 192.0.2.0/24"], "198.51.100.1", True),
        (["org deny 192.0.2.0/24", "org allow 192.0.2.7/32"], "192.0.2.7", True),
        (["org allow 192.0.2.0/24", "org deny 192.0.2.7/32"], "192.0.2.7", False),
        (["org allow 192.0.2.0/24", "org deny 192.0.2.0/24"], "192.0.2.7", False),
        (["org allow 192.0.2.0/24", "key allow 198.51.100.0/24"], "192.0.2.7", False),
        (["org allow 192.0.2.0/24", "key allow 192.0.2.7/32"], "192.0.2.7", True),
        (["org deny 192.0.2.7/32", "key allow 192.0.2.7/32"], "192.0.2.7", False),
        (["org allow 192.0.2.0/24"], "::ffff:192.0.2.1", True),
        (["org deny 192.0.2.0/24"], "::ffff:192.0.2.1", False),
        (["org allow 2001:db8::/32"], "2001:db8::1", True),
        (["org allow 2001:db8::/32"], "192.0.2.1", False),
        (["org deny 192.0.2.0/24"], "not an address", False),
        (["org deny 192.0.2.0/24"], None, False),
    ],
)
def test_an_address_is_judged_by_both_layers(rules: list[str], address: str | None, admitted: bool) -> None:
    assert judge_address(_rules(*rules), address, api_key_id=KEY).admitted is admitted


def test_the_rule_of_another_key_concerns_nobody_else() -> None:
    assert judge_address(_rules("key deny 0.0.0.0/0"), "192.0.2.1", api_key_id=USER).admitted


def test_a_refusal_names_its_layer_and_rule() -> None:
    rules = _rules("org allow 192.0.2.0/24", "key deny 192.0.2.0/24")
    verdict = judge_address(rules, "192.0.2.1", api_key_id=KEY)
    assert (verdict.layer, verdict.rule) == (IpScope.KEY, rules[1])


@pytest.mark.parametrize("text", ["192.0.2.1/24", "nonsense", "", "192.0.2.0/33"])
def test_a_network_that_is_none_is_refused_by_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_network(text)
    assert refused.value.param == "network"
