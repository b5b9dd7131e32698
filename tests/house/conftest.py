"""Says at the end of a run how far the tree is from the aims that no test enforces."""

import pytest

from tests.house.sizes import summary


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"{summary()}; `python -m tests.house.sizes` lists them")
