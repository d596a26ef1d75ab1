"""Finding mutants: every small change of a source that may change what it does."""

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutants import making_python, making_sql

ROOT = Path(__file__).resolve().parents[2]
# What is changed: the heart of the rules, and the doors.
SOURCES = (
    "enrollment/sql/*.py",
    "enrollment/process_requests/refusals.py",
    "enrollment/process_requests/*_checks.py",
    "enrollment/engine/*.py",
    "tables/write/engine.py",
    "tables/write/staging.py",
    "tables/write/merging.py",
    "tables/write/inserting.py",
    "tables/write/merge_state.py",
    "tables/write/refusing.py",
    "tables/write/checks.py",
    "tables/write/sql/*.py",
    "tables/write/overlaps.py",
    "tables/write/assigning.py",
    "tables/write/owners.py",
    "tables/schema/sensitive.py",
    "tables/write/retrying.py",
    "enrollment/engine/cobra_end.py",
    "access/*.py",
    "processes/*.py",
    "processes/management/commands/*.py",
)
# Declarations, which migrations and the contract's own tests hold; and made-up data.
LEFT_OUT = ("__init__.py", "apps.py", "models.py", "demo.py")
# Strings that are SQL: all of a module of SQL, elsewhere those with its words.
SQL_WORDS = re.compile(r"\b(SELECT|UPDATE|INSERT|DELETE|WHERE|FROM|JOIN|AND|OR|IS NULL|FOR UPDATE)\b")


@dataclass(frozen=True)
class Mutant:
    """One change: ``old`` at a place of the file becomes ``new``. ``before`` and ``after`` are the lines that
    it touches, blanks squeezed; ``nth`` tells equal changes of one file apart."""

    file: str
    line: int
    kind: str
    old: str
    new: str
    before: str
    after: str
    nth: int
    start: int
    end: int

    @property
    def name(self) -> tuple[str, str, str, int]:
        """What it is known by, wherever its line moves to."""
        return self.file, self.before, self.after, self.nth

    def apply(self, source: str) -> str:
        """Return the source with the change."""
        return source[: self.start] + self.new + source[self.end :]

    def told(self) -> str:
        """Return it as one line for people."""
        return f"{self.file}:{self.line} [{self.kind}] {self.before}  →  {self.after}"


def squeezed(text: str) -> str:
    """Return a text with its blanks and line breaks squeezed."""
    return " ".join(text.split())


def sources() -> list[str]:
    """Return the files that are changed."""
    found = {path for pattern in SOURCES for path in ROOT.glob(pattern) if path.name not in LEFT_OUT}
    return sorted(str(path.relative_to(ROOT)) for path in found)


def mutants_of(file: str, source: str) -> list[Mutant]:
    """Return all mutants of a source, by their places."""
    tree = ast.parse(source)
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for start, end, new, kind in sorted(set(_changes(file, source, tree))):
        first = source.rfind("\n", 0, start) + 1
        last = source.find("\n", end)
        before = squeezed(source[first:last])
        after = squeezed(source[first:start] + new + source[end:last])
        if before == after or not _compiles(source[:start] + new + source[end:]):
            continue
        nth = seen[before, after]
        seen[before, after] += 1
        line = source.count("\n", 0, start) + 1
        found.append(Mutant(file, line, kind, source[start:end], new, before, after, nth, start, end))
    return found


def _changes(file: str, source: str, tree: ast.Module) -> Iterator[tuple[int, int, str, str]]:
    """Yield start, end, new text and kind of each change."""
    offsets = making_python.Offsets(source)
    all_sql = "/sql" in file
    yield from making_python.changes(source, tree, offsets)
    for node in making_python.texts(tree):
        start, end = offsets.of(node)
        if all_sql or SQL_WORDS.search(source[start:end]):
            for first, last, new, kind in making_sql.changes(source[start:end]):
                yield start + first, start + last, new, kind


def _compiles(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def all_mutants() -> list[Mutant]:
    """Return the mutants of all sources."""
    return [mutant for file in sources() for mutant in mutants_of(file, (ROOT / file).read_text())]
