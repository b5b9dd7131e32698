"""What runs with mutmut in sight: its own command line, and the differences that its mutants make.

    python -m tests.mutation.inside LIBRARIES run --max-children 2
    python -m tests.mutation.inside LIBRARIES differences MUTANT…

LIBRARIES is where mutmut and what it needs are installed, apart from the project's own (.requirements/mutation.txt).
They come last on the path, so that the tests run with the libraries that the project is locked to.
"""

import importlib
import json
import sys


def main() -> None:
    """Run in the workspace."""
    libraries, command, *rest = sys.argv[1:]
    sys.path.append(libraries)
    if command == "differences":
        mutmut = importlib.import_module("mutmut.mutation.diff_apply")
        json.dump({name: mutmut.get_diff_for_mutant(name) for name in rest}, sys.stdout)
        return
    sys.argv = ["mutmut", command, *rest]
    importlib.import_module("mutmut.__main__").cli()


if __name__ == "__main__":
    main()
