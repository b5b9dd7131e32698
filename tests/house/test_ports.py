"""Every port has a real implementation and a twin without I/O, and one contract suite runs on both."""

from tests.house.ports import Port, implementations, mentions, ports
from tests.house.source import PRODUCT, listed, modules_under

ONE_OF_A_KIND = {
    "Tasks": "asyncio is what tests run on too; a twin would be a second event loop",
    "ParquetEncoder": "a file format; a twin would be a second writer of it",
    "Calendar": "arithmetic on dates; what it does, a twin would have to do again",
}
"""Ports whose one implementation serves product and tests alike, and why that is right."""


def test_every_port_has_a_real_implementation() -> None:
    missing = [_asked(port) for port in ports() if all(found.is_memory for found in implementations(port, *PRODUCT))]
    assert not missing, f"no class of the product outside adapters/memory has all of: {listed(missing)}"


def test_every_port_has_a_twin_without_io() -> None:
    missing = [
        _asked(port)
        for port in ports()
        if port.name not in ONE_OF_A_KIND
        and not implementations(port, "deepspace_adapters/memory", "deepspace_core", "tests")
    ]
    assert not missing, f"no class in adapters/memory or core and no fake in tests has all of: {listed(missing)}"


def test_every_store_has_its_twin_in_the_memory_adapter() -> None:
    """A port that reads or writes in a transaction is what somebody needs who embeds the library."""
    stores = [port for port in ports() if any("tx" in parameters for _, parameters in port.shape)]
    missing = [_asked(port) for port in stores if not implementations(port, "deepspace_adapters/memory")]
    assert not missing, f"no class in adapters/memory has all of: {listed(missing)}"


def test_every_port_with_a_memory_adapter_is_under_a_contract_suite() -> None:
    spoken = {name for module in modules_under("tests/contract") for name in mentions(module)}
    silent = [
        f"{port.path}: {port.name}"
        for port in ports()
        if implementations(port, "deepspace_adapters/memory")
        and not {port.name, *(found.name for found in implementations(port, *PRODUCT))} & spoken
    ]
    assert not silent, f"no module of tests/contract names these ports or an implementation of them: {listed(silent)}"


def test_exemptions_name_ports_that_exist() -> None:
    gone = sorted(ONE_OF_A_KIND.keys() - {port.name for port in ports()})
    assert not gone, f"no such port any more: {gone}"


def _asked(port: Port) -> str:
    methods = ", ".join(f"{name}({', '.join(parameters)})" for name, parameters in port.shape)
    return f"{port.path}: {port.name} asks for {methods}"
