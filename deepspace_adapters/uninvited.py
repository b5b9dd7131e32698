"""Libraries that others load wherever they are installed, whether anybody wants them or not.

A deployment seldom has them; the environment of a developer does, and so does one that sends traces. Measured: pydantic
(through dependency_injector and Litestar, which find no model of its there) 14 MB, OpenTelemetry's metrics (through
redis-py, whose own switch for them comes after the import) 3 MB, in every process.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Whoever imports one of `modules` meanwhile is told that it isn't installed, unless it is loaded already.

    For the start of a process: another thread would be told so too.
    """
    absent = _Absent(modules)
    sys.meta_path.insert(0, absent)
    try:
        yield
    finally:
        sys.meta_path.remove(absent)


class _Absent(MetaPathFinder):
    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = frozenset(modules)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname in self._modules:
            raise ModuleNotFoundError(f"{fullname} is left out of this import", name=fullname)
        return None
