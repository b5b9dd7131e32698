"""When the cycle collector runs, and when memory that was freed goes back to the system.

Reference counts free what a call leaves behind; the collector is there for the few cycles. By its own choice it walks
the youngest objects at every 700 new ones, and through everything that was ever loaded each time the older ones have
grown by a quarter: a tenth of a gateway's CPU under load, and pauses that show in the slowest answers.
"""

import ctypes
import gc

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)

NEW_OBJECTS = 20_000
"""How many more objects than have been freed before the youngest are looked through: some 2 MB of garbage at most."""


def settle_garbage() -> None:
    """Call once, when everything is loaded: what is there now stays, and is never looked through again."""
    gc.collect()
    give_back()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def give_back() -> None:
    """Has glibc return the pages that were left empty; by itself it returns the last ones only.

    Loading leaves some 7 MB, a crowd of large bodies 8; to give that takes 1.3 ms, and 0.05 when there is nothing.
    Other C libraries have no such function, or no need of it. Keeping less all the time (mallopt) was tried: 5 MB less,
    and 30 µs more for each body of 100 KB, whose pages are then asked for anew.
    """
    if _trim is not None:
        _trim(0)
