"""When the cycle collector runs.

Reference counts free what a call leaves behind; the collector is there for the few cycles. By its own choice it walks
the youngest objects at every 700 new ones, and through everything that was ever loaded each time the older ones have
grown by a quarter: a tenth of a gateway's CPU under load, and pauses that show in the slowest answers.
"""

import ctypes
import gc

NEW_OBJECTS = 20_000
"""How many more objects than have been freed before the youngest are looked through: some 2 MB of garbage at most."""


def settle_garbage() -> None:
    """Call once, when everything is loaded: what is there now stays, and is never looked through again."""
    gc.collect()
    _give_back()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def _give_back() -> None:
    """Has glibc return the pages that loading has left empty, some 7 MB; by itself it returns the last ones only.

    Other C libraries have no such function, or no need of it. Keeping less of what large bodies leave (mallopt) was
    tried: 5 MB less, and 30 µs more for a body of 100 KB, whose pages are then asked for anew each time.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
