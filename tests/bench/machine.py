"""When and on what a benchmark ran: its first line, without which no figure can be compared."""

import os
import platform
import sys
from datetime import UTC, datetime


def machine() -> str:
    """The day, cores, system, and the Python with its home: builds of one version differ (decision 0035)."""
    python = f"Python {platform.python_version()} of {sys.base_prefix}"
    today = datetime.now(UTC).date()
    return f"{today}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}"
