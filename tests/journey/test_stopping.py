"""Stopping and starting again; and starts that can't be, with what to do about them."""

import json
import signal
import socket
from pathlib import Path

import pytest

from tests.journey.books import Books, assert_books_are_sound
from tests.journey.conftest import OwnServers
from tests.journey.people import log_in
from tests.journey.stack import Stack, is_alive
from tests.journey.waiting import eventually

EXIT_REFUSED = 1


def test_ctrl_c_stops_everything_and_the_next_start_has_the_same_data(stack: Stack) -> None:
    _stops_and_starts(stack, signal.SIGINT)


def test_sigterm_stops_everything_and_the_next_start_has_the_same_data(own: OwnServers) -> None:
    _stops_and_starts(own.stack, signal.SIGTERM)


def test_a_killed_supervisor_leaves_no_process_and_no_locked_directory(own: OwnServers) -> None:
    stack = own.stack
    seen, balance, children = stack.welcome, _balance(stack), _descendants(stack.supervisor_pid)
    assert stack.stop(signal.SIGKILL) == -signal.SIGKILL
    eventually(lambda: not any(is_alive(pid) for pid in children), what="the children to end with their parent")
    stack.start()
    assert (stack.welcome, _balance(stack)) == (seen, balance)
    assert_books_are_sound(stack)


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        stack = Stack(tmp_path, port=taken.getsockname()[1])
        told = stack.run("up", code=EXIT_REFUSED).stderr
    assert f"port {stack.port}" in told
    assert "DEEPSPACE_HTTP_PORT" in told
    assert not (tmp_path / ".deepspace").exists()


def test_a_second_start_in_the_same_directory_is_refused(stack: Stack) -> None:
    assert "already" in stack.run("up", code=EXIT_REFUSED).stderr
    assert is_alive(stack.supervisor_pid)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("DEEPSPACE_NEWAPI_BASE_URL", "DEEPSPACE_NEWAPI_API_KEY"),
        ("DEEPSPACE_NEWAPI_API_KEY", "DEEPSPACE_NEWAPI_BASE_URL"),
    ],
)
def test_half_of_a_pair_of_settings_is_refused_naming_both(tmp_path: Path, given: str, missing: str) -> None:
    told = Stack(tmp_path).run("up", code=EXIT_REFUSED, **{given: "http://127.0.0.1:1/v1"}).stderr
    assert given in told
    assert missing in told


def test_commands_say_what_to_do_where_nothing_runs(tmp_path: Path) -> None:
    told = Stack(tmp_path).run("wallet", "show", "--json", code=EXIT_REFUSED).stderr
    error = json.loads(told)["error"]
    assert error["code"] == "nothing_running"
    assert "deepspace up" in error["message"]


def _stops_and_starts(stack: Stack, number: signal.Signals) -> None:
    seen, balance = stack.welcome, _balance(stack)
    children = [*stack.pids.values(), *_descendants(stack.supervisor_pid)]
    assert stack.stop(number) == 0
    assert "Everything has stopped" in stack.printed
    assert [pid for pid in children if is_alive(pid)] == []
    stack.start()
    assert (stack.welcome, _balance(stack)) == (seen, balance)
    with stack.openai(seen.api_key) as client:
        assert client.models.list().data


def _balance(stack: Stack) -> int:
    person = log_in(stack, email=stack.welcome.email, password=stack.welcome.password)
    wallet = Books(stack, person.http).wallet()
    assert wallet["frozen_nanos"] == 0
    return int(wallet["balance_nanos"])


def _descendants(pid: int) -> list[int]:
    """Every process below that one, as the kernel knows them."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found
