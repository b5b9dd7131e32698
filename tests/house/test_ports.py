"""Every port has a real implementation and a twin without I/O, and one contract suite runs on both."""

import pytest

from tests.house.ports import Port, implementations, mentions, ports
from tests.house.source import PRODUCT, listed, modules_under

ONE_OF_A_KIND = {
    "Tasks": "asyncio is what tests run on too; a twin would be a second event loop",
}
"""Ports whose one implementation serves product and tests alike, and why that is right."""

STORES = [port for port in ports() if any("tx" in parameters for _, parameters in port.shape)]
"""Ports that read or write in a transaction: what an embedded user gets from adapters/memory."""


def _name(port: Port) -> str:
    return f"{port.path}:{port.name}"


@pytest.mark.parametrize("port", ports(), ids=_name)
def test_a_port_has_a_real_implementation(port: Port) -> None:
    real = [found for found in implementations(port, *PRODUCT) if not found.is_memory]
    assert real, f"no class of the product outside adapters/memory has all of {dict(port.shape)}"


@pytest.mark.parametrize("port", [port for port in ports() if port.name not in ONE_OF_A_KIND], ids=_name)
def test_a_port_has_a_twin_without_io(port: Port) -> None:
    twins = implementations(port, "deepspace_adapters/memory", "tests")
    assert twins, f"no class in adapters/memory and no fake in tests has all of {dict(port.shape)}"


@pytest.mark.parametrize("port", STORES, ids=_name)
def test_a_store_has_its_twin_in_the_memory_adapter(port: Port) -> None:
    assert implementations(port, "deepspace_adapters/memory"), "the library must be usable without a database"


def test_each_port_with_a_memory_adapter_is_under_a_contract_suite() -> None:
    suites = {name for module in modules_under("tests/contract") for name in mentions(module)}
    silent = [
        _name(port)
        for port in ports()
        if (twins := implementations(port, "deepspace_adapters/memory"))
        and not {port.name, *(twin.name for twin in twins)} & suites
    ]
    assert not silent, f"no module of tests/contract names these ports or their memory twins: {listed(silent)}"


def test_exemptions_name_ports_that_exist() -> None:
    gone = sorted(ONE_OF_A_KIND.keys() - {port.name for port in ports()})
    assert not gone, f"no such port any more: {gone}"
