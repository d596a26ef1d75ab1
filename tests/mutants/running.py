"""Taking benches through mutants, several at a time."""

import shutil
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path

from tests.mutants import covering, results
from tests.mutants.bench import KILLED, SURVIVED, Bench, Limits
from tests.mutants.making import Mutant


class Runner:
    """Runs mutants on benches and keeps what came of each in ``out``."""

    def __init__(self, mutants: list[Mutant], out: Path, limits: Limits, *, check: bool) -> None:
        self._waiting = list(reversed(mutants))
        self._total, self._done = len(mutants), 0
        self._out, self._limits, self._check = out, limits, check
        self._lock = threading.Lock()
        self._killers: dict[str, Counter[str]] = defaultdict(Counter)
        self._failed = threading.Event()
        for line in results.kept(out):
            if line["outcome"] == KILLED:
                self._killers[line["file"]][line["by"].partition("::")[0]] += 1

    def run(self, workers: int) -> bool:
        """Run all. Return False where tests fail without any change, or a bench cannot work."""
        folder = Path(tempfile.mkdtemp(prefix="vbaadmin-mutants-"))
        folder.chmod(0o755)  # The server may run as somebody else.
        try:
            with ExitStack() as stack:
                benches = [stack.enter_context(Bench(folder / str(n))) for n in range(workers)]
                threads = [
                    threading.Thread(target=self._work, args=(bench,), daemon=True) for bench in benches
                ]
                for thread in threads:
                    thread.start()
                try:
                    while any(thread.is_alive() for thread in threads):
                        time.sleep(0.2)
                except KeyboardInterrupt:
                    self._failed.set()
                    print("Stopped; --resume goes on.", file=sys.stderr)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return not self._failed.is_set()

    def _work(self, bench: Bench) -> None:
        try:
            bench.make_templates(self._limits)
            if self._check:
                self._check_unchanged(bench)
            while not self._failed.is_set():
                with self._lock:
                    mutant = self._waiting.pop() if self._waiting else None
                if mutant is None:
                    return
                self._try(bench, mutant)
        except Exception as problem:
            if not self._failed.is_set():
                print(f"It cannot go on: {problem}", file=sys.stderr)
            self._failed.set()

    def _check_unchanged(self, bench: Bench) -> None:
        """Run the tests of all groups once without a change; benches share the groups."""
        while True:
            with self._lock:
                wanted = {covering.group_of(mutant.file): mutant.file for mutant in self._waiting}
                lists = {tuple(sorted(covering.tests_of(file))): file for file in wanted.values()}
                todo = [tests for tests in lists if tests not in _CHECKED]
                if not todo or self._failed.is_set():
                    return
                tests = todo[0]
                _CHECKED.add(tests)
            ending = bench.run(list(tests), self._limits)
            self._say(f"unchanged: {len(tests)} files of tests, {ending.seconds:.0f} s, {ending.outcome}")
            if ending.outcome != SURVIVED:
                raise RuntimeError(f"tests fail without any change: {ending.by}\n{ending.tail}")

    def _try(self, bench: Bench, mutant: Mutant) -> None:
        tests = covering.tests_of(mutant.file)
        with self._lock:
            killers = self._killers[mutant.file].copy()
        tests.sort(key=lambda test: -killers[test])  # stable: else as they are told
        ending = bench.run(tests, self._limits, mutant, baked=mutant.file in covering.BAKED)
        if self._failed.is_set():
            return  # It was stopped: nothing is known.
        with self._lock:
            results.keep(self._out, results.line_of(mutant, ending))
            if ending.outcome == KILLED:
                self._killers[mutant.file][ending.by.partition("::")[0]] += 1
            self._done += 1
            done = f"{self._done}/{self._total}"
        self._say(f"{done} {ending.outcome} after {ending.seconds:.0f} s: {mutant.told()}")

    def _say(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


_CHECKED: set[tuple[str, ...]] = set()
