"""When the cycle collector runs.

Reference counts free what a call leaves behind; the collector is there for the few cycles. By its own choice it walks
the youngest objects at every 700 new ones, and through everything that was ever loaded each time the older ones have
grown by a quarter: a tenth of a gateway's CPU under load, and pauses that show in the slowest answers.
"""

import ctypes
import gc

NEW_OBJECTS = 20_000
"""How many more objects than have been freed before the youngest are looked through: some 2 MB of garbage at most."""


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 1024 * 1024
"""How much free memory may stand at the end of the heap."""
MAPPED_BYTES_MIN = 512 * 1024
"""What is larger has pages of its own, which go as soon as it goes."""


def settle_garbage() -> None:
    """Call once, when everything is loaded: what is there now stays, and is never looked through again."""
    gc.collect()
    _give_back()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def _give_back() -> None:
    """Has glibc return the pages that loading has left empty, some 7 MB, and keep less of what large bodies leave.

    By itself it would raise both bounds to twice the largest body it has seen. Other C libraries have no such
    functions, or no need of them (mallopt(3), malloc_trim(3)).
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim") and hasattr(library, "mallopt"):
        library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        library.mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES_MIN)
        library.malloc_trim(0)
