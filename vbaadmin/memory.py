"""What a web worker does so that it stays as small as it was: a request may hold 100 MB for a moment.

glibc keeps freed memory for later, an arena for each thread, and raises its limits as it sees large blocks;
Python's collector waits for a hundred thousand new objects, while a few may hold a body of 50 MB.
"""

import ctypes
import gc
import time

# Of malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# A block of so many bytes is a mapping of its own, which goes back to the system as it is freed.
_LARGE = 256 * 1024
_SECONDS = 1.0
_last = 0.0


def _libc() -> ctypes.CDLL | None:
    """Return the C library where it is glibc, else None."""
    try:
        found = ctypes.CDLL(None)
        return found if hasattr(found, "mallopt") and hasattr(found, "malloc_trim") else None
    except (OSError, TypeError):
        return None


def give_large_blocks_back() -> None:
    """Let memory that is freed go back to the system: to be called before there are threads."""
    if libc := _libc():
        # Python's threads take turns anyway, so they may share one arena.
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE)


def tidy() -> None:
    """Free what is tied in circles, such as errors with all that was at work when they came up, and give
    pages back; at most once a second, for it takes some milliseconds."""
    global _last
    now = time.monotonic()
    if now - _last < _SECONDS:
        return
    _last = now
    gc.collect()
    if libc := _libc():
        libc.malloc_trim(0)
