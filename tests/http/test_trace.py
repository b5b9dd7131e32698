"""W3C Trace Context: continued where it is well formed, begun anew where it is not."""

import subprocess
import sys

import pytest

from deepspace_http.trace import IDS_DRAWN, begin_trace

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.mark.parametrize("header", [f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00", f"cc-{TRACE}-{SPAN}-01-future"])
def test_a_good_traceparent_is_continued(header: str) -> None:
    trace = begin_trace([(b"traceparent", header.encode())])
    assert trace.trace_id == TRACE
    assert trace.span_id != SPAN
    assert trace.traceparent == f"00-{TRACE}-{trace.span_id}-{header.split('-')[3]}"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_a_bad_traceparent_is_ignored(header: str) -> None:
    trace = begin_trace([(b"traceparent", header.encode())])
    assert trace.trace_id != TRACE
    assert len(trace.trace_id) == 32


def test_two_requests_of_one_trace_have_ids_of_their_own() -> None:
    headers = [(b"traceparent", f"00-{TRACE}-{SPAN}-01".encode())]
    assert begin_trace(headers).request_id != begin_trace(headers).request_id


def test_many_traces_have_as_many_ids() -> None:
    begun = [begin_trace(()) for _ in range(3 * IDS_DRAWN)]
    assert len({trace.trace_id for trace in begun}) == len({trace.span_id for trace in begun}) == len(begun)
    assert {(len(trace.trace_id), len(trace.span_id)) for trace in begun} == {(32, 16)}


FORKING = """
import os
from deepspace_http.trace import IDS_DRAWN, begin_trace
begin_trace(())
is_parent = os.fork()
os.write(1, f"{begin_trace(()).trace_id}\\n".encode())
if is_parent:
    os.wait()
"""


def test_a_child_process_draws_ids_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, check=True, text=True)
    of_parent, of_child = done.stdout.split()
    assert of_parent != of_child
