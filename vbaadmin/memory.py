"""Keep the memory of a web worker small: a request may use 100 MB for a moment.

By default, glibc keeps freed memory, with one arena for each thread, and keeps more after large blocks.
Python's garbage collector waits for a hundred thousand new objects, but a few can hold a body of 50 MB.
"""

import ctypes
import gc
import time

# From malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# A block of this many bytes gets its own mapping, which goes back to the system when it is freed.
_LARGE = 256 * 1024
_SECONDS = 1.0
_last = 0.0


def _libc() -> ctypes.CDLL | None:
    """Return the C library if it is glibc, else None."""
    try:
        found = ctypes.CDLL(None)
        return found if hasattr(found, "mallopt") and hasattr(found, "malloc_trim") else None
    except (OSError, TypeError):
        return None


def give_large_blocks_back() -> None:
    """Make freed memory go back to the system. Call this before threads start."""
    if libc := _libc():
        # Python's threads take turns anyway, so they may share one arena.
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE)


def tidy() -> None:
    """Free reference cycles, such as an exception with the frames of its traceback, and give memory back to
    the system. Do this at most once a second, because it takes some milliseconds."""
    global _last
    now = time.monotonic()
    if now - _last < _SECONDS:
        return
    _last = now
    gc.collect()
    if libc := _libc():
        libc.malloc_trim(0)
