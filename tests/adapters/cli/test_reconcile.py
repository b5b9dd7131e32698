"""`deepspace reconcile` on memory: what it finds, and by which code it exits."""

from dataclasses import replace
from datetime import timedelta

from deepspace_core.usage import LoggedCall, UpstreamBook, UpstreamLog
from tests.adapters.cli.memory_stack import MemoryStack
from tests.core.channels.values import ListedBooks
from tests.core.metering_values import USED


def books_of(stack: MemoryStack) -> ListedBooks:
    books = stack.adapters[UpstreamLog]
    assert isinstance(books, ListedBooks)
    return books


def test_a_difference_is_shown_stored_and_told_by_the_exit_code(empty: MemoryStack) -> None:
    now = empty.clock.now()
    empty.record(replace(USED, ended_at=now, channel="a", upstream_model="small", upstream_request_id="r1"))
    empty.clock.advance(seconds=1)
    books_of(empty).calls[UpstreamBook("http://a", frozenset({"a"}))] = [
        LoggedCall(
            id="1",
            at=now,
            model="small",
            request_id="r2",
            input_tokens=1,
            output_tokens=2,
            cost_picos=0,
            currency="USD",
        )
    ]
    made = empty.run("reconcile", "run")
    assert made.exit_code == 1
    assert "only_theirs" in made.stdout
    [listed] = empty.told("reconcile", "list")["data"]
    assert (listed["only_ours"], listed["only_theirs"], listed["in_both"]) == (1, 1, 0)
    shown = empty.told("reconcile", "show", listed["id"])
    assert [finding["kind"] for finding in shown["findings"]] == ["only_ours", "only_theirs"]


def test_without_a_log_to_read_it_says_what_to_do(empty: MemoryStack) -> None:
    made = empty.run("reconcile", "run", "--hours", "1")
    assert made.exit_code == 0
    assert "--log-url" in made.stderr
    refused = empty.run("reconcile", "run", "--from", "2029-01-01", "--to", "2029-12-01")
    assert "7 days" in refused.stderr
    assert empty.run("reconcile", "show", "recon_1").exit_code == 1


def test_our_own_books_are_compared_and_a_lonely_record_is_told_by_the_exit_code(empty: MemoryStack) -> None:
    agreed = empty.run("reconcile", "books")
    assert (agreed.exit_code, "capture_without_usage" in agreed.stdout) == (0, True)
    empty.record(replace(USED, ended_at=empty.clock.now() - timedelta(days=1)))
    made = empty.run("reconcile", "books", "--days", "2")
    assert made.exit_code == 1
    assert USED.trace_id in made.stdout
    listed = empty.told("reconcile", "list")["data"]
    assert [one["differences"] for one in listed] == [1, 0]
