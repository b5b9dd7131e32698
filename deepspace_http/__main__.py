"""`python -m deepspace_http`: one gateway, settings from the environment."""

import os
import signal
import sys
from types import FrameType

from deepspace_adapters.logging import configure_logging
from deepspace_adapters.settings import load_settings
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_http.lifespan import open_application
from deepspace_http.server import serve

EXIT_FAULT = 1


def main() -> int:
    """Serves until stopped. What can't start says why in one line, without a traceback."""
    try:
        settings = load_settings(os.environ)
        configure_logging(level=settings.log_level, line_format=settings.log_format, service="gateway")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stopped)
        serve(settings, open_application)
    except DeepSpaceError as fault:
        sys.stderr.write(f"deepspace: {fault.message}\n")
        return EXIT_FAULT
    return 0


def _stopped(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a signal handler
    """After a clean stop uvicorn sends itself the signal once more; a supervisor must not read that as a death."""
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
