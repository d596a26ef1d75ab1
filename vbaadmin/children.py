"""Child processes that end with us: we stop them when we stop, and the kernel ends them if we are killed."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

_PR_SET_PDEATHSIG = 1


def end_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """Return a function that asks the kernel to send ``sign`` to the calling process when its parent ends. On
    systems other than Linux, the function does nothing."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)


def start(command: Sequence[str], *, on_our_end: signal.Signals, **options: Any) -> subprocess.Popen[bytes]:
    """Start ``command`` in its own session: Ctrl-C in the terminal reaches only us, and we then stop the
    command. It gets the signal ``on_our_end`` if we are killed. ``options`` are those of Popen. Call this
    from the main thread: the kernel watches the thread that starts the child."""
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=end_with_parent(on_our_end),
        **options,
    )


def stop(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Send the signals of ``steps`` one after the other, and wait the seconds of each, until ``process``
    ends. If it does not end, kill its whole process group."""
    for sign, seconds in steps:
        if process.poll() is not None:
            return
        process.send_signal(sign)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
