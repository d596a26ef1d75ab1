"""Words that we do not write (docs/writing.md), looked for in what people read: ``python -m tests.words``.

It reads the docs, the templates without their tags, and strings, docstrings and comments in Python. It passes
over names, and over whatever stands in backticks or in code blocks.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "writing.md"
# It has the words itself; the changelog tells of former times.
_LEFT_OUT = {"docs/writing.md", "CHANGELOG.md"}
_CODE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
_TAGS = re.compile(
    r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<script.*?</script>|<style.*?</style>|<[^>]*>", re.DOTALL
)
_ATTRIBUTES = re.compile(r'(?:aria-label|placeholder|title|alt)="([^"]*)"')

Text = tuple[int, str]


def banned() -> re.Pattern[str]:
    """Return a pattern of the words that the guide's table has in its last column, marked as words alone."""
    rows = re.findall(r"^\|.*\|([^|]*)\|$", GUIDE.read_text(), re.MULTILINE)
    words = [word for row in rows for word in re.findall(r"\*\*(.+?)\*\*", row)]
    return re.compile(rf"\b({'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


def texts_of(path: Path) -> Iterator[Text]:
    """Yield the texts of a file that people read, each with the number of its first line."""
    content = path.read_text()
    if path.suffix == ".py":
        yield from _texts_of_python(content)
    elif path.suffix == ".html":
        for number, line in enumerate(content.splitlines(), 1):
            yield from ((number, found) for found in _ATTRIBUTES.findall(line))
        yield 1, _blanked(_TAGS, content)
    else:
        yield 1, _blanked(_CODE, content)


def _texts_of_python(content: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, _blanked(_CODE, node.value)
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], _blanked(_CODE, token.string)


def _blanked(what: re.Pattern[str], text: str) -> str:
    """Return a text with blanks for what is to be passed over; its lines keep their numbers."""
    return what.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def findings() -> list[str]:
    """Return where each of the words is, as ``path:line: word``."""
    pattern = banned()
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.html", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = []
    for name in listed.stdout.splitlines():
        if name in _LEFT_OUT or name.startswith(("tests/", "examples/")) or "/migrations/" in name:
            continue
        for line, text in texts_of(ROOT / name):
            for match in pattern.finditer(text):
                if match[0].isupper():  # A stored value: CANCELLED.
                    continue
                found.append(f"{name}:{line + text.count(chr(10), 0, match.start())}: {match[0]}")
    return sorted(set(found))


if __name__ == "__main__":
    if problems := findings():
        sys.exit("\n".join([*problems, f"{len(problems)} words that docs/writing.md does not want."]))
