"""What is known of each route, and which further ones an operator may let through."""

import pytest

from deepspace_adapters.newapi.request_fields import READERS
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.pipeline import TRAITS, PassedRoute, Route, methods_of, passed_route, read_passed_routes


def test_every_route_has_its_traits_and_a_reader_of_its_body() -> None:
    assert set(TRAITS) == set(Route)
    forms = {route for route in Route if TRAITS[route].is_form}
    assert set(READERS) == set(Route) - forms - {Route.PASSTHROUGH}


def test_a_list_of_routes_is_read_and_matched() -> None:
    routes = read_passed_routes("GET batches/*, POST /v1/batches = b-1, DELETE files/**")
    assert routes[:2] == (PassedRoute("GET", "batches/*"), PassedRoute("POST", "batches", "b-1"))
    assert passed_route(routes, method="GET", path="batches/x.1") == routes[0]
    assert passed_route(routes, method="GET", path="batches/x/y") is None
    assert passed_route(routes, method="DELETE", path="files/a/b") == routes[2]
    assert methods_of(routes, "batches") == ["POST"]
    assert read_passed_routes(" ") == ()


@pytest.mark.parametrize("path", ["files/../batches", "files/a//b", "files/a%2fb", "files/.a", "files/", "files/a b"])
def test_a_path_that_might_lead_elsewhere_is_nobody_s(path: str) -> None:
    assert not PassedRoute("DELETE", "files/**").covers(path)


@pytest.mark.parametrize("entry", ["batches", "FETCH batches", "GET", "GET a b", "GET a=no model"])
def test_an_entry_that_can_not_be_read_is_named(entry: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_passed_routes(f"GET ok, {entry}")
    assert repr(entry) in caught.value.message
