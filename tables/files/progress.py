"""The progress of a long command: a bar on a terminal, a plain line now and then in a log."""

import sys
import time
from typing import TextIO

from tqdm import tqdm

# The seconds between two lines in a log.
SECONDS = 10.0
_STILL_SECONDS = 1.0


class Progress:
    """The progress of one piece of work, shown on ``stream``.

    ``total`` is how much there is to do, in ``unit`` (``rows``; ``B`` is bytes), or None if that is not
    known. Short work logs no line, because its summary says enough.
    """

    def __init__(self, label: str, total: int | None, unit: str, stream: TextIO | None = None) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._stream = stream or sys.stderr
        self._done, self._note = 0, ""
        self._started = self._shown_at = time.monotonic()
        self._bar: tqdm | None = None
        if self._stream.isatty():
            self._bar = tqdm(
                desc=label,
                total=total,
                unit=unit if unit == "B" else f" {unit}",
                unit_scale=unit == "B",
                file=self._stream,
                dynamic_ncols=True,
            )

    def update(self, done: int, note: str = "", *, total: int | None = None) -> None:
        """Show that ``done`` of the total is done, with ``note`` beside it, if it is time to show anything.

        Pass ``total`` as soon as it is known, if it was not known from the start.
        """
        self._done, self._note, self._total = done, note, total or self._total
        if self._bar is not None:
            self._show_bar()
        elif time.monotonic() - self._shown_at >= SECONDS:
            self._show_line()

    def finish(self) -> None:
        """Show the final progress."""
        if self._bar is not None:
            self._bar.close()
        elif self._shown_at > self._started:
            self._show_line()

    def _show_bar(self) -> None:
        bar = self._bar
        assert bar is not None  # noqa: S101 - a terminal always has a bar
        is_new = bar.total != self._total
        bar.total = self._total
        bar.set_postfix_str(self._note, refresh=False)
        bar.update(self._done - bar.n)
        # Refresh the bar even without progress, so that its clock runs.
        if is_new or time.monotonic() - self._shown_at >= _STILL_SECONDS:
            self._shown_at = time.monotonic()
            bar.refresh()

    def _show_line(self) -> None:
        self._shown_at = time.monotonic()
        seconds = self._shown_at - self._started
        of_total = f" of {self._total:,}" if self._total else ""
        rate = f"{self._done / seconds:,.0f} {self._unit}/s"
        note = f"; {self._note}" if self._note else ""
        line = f"{self._label}: {self._done:,}{of_total} {self._unit} in {seconds:.0f} s ({rate}){note}"
        self._stream.write(line + "\n")
        self._stream.flush()
