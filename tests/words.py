"""Find the words that docs/writing.md does not want in texts that people read: ``python -m tests.words``.

The check reads the docs, the templates without their tags, and the strings, docstrings and comments of Python
and JavaScript. It skips names, code in backticks, and stored values in capitals.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "writing.md"
# The guide lists the words themselves. The changelog quotes texts of earlier versions.
_SKIPPED = {"docs/writing.md", "CHANGELOG.md"}
_CODE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
_TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<(script|style|code)\b.*?</\1>|<[^>]*>", re.DOTALL)
_JS_TEXTS = re.compile(r"//[^\n]*|/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`", re.DOTALL)
_ATTRIBUTES = re.compile(r'(?:aria-label|placeholder|title|alt|data-label)="([^"]*)"')
# A string of one word is a name, unless it looks like a label: "Canceled".
_LABEL = re.compile(r"[A-Z][a-z]+|.*\s.*", re.DOTALL)

Text = tuple[int, str]


@cache
def banned() -> re.Pattern[str]:
    """Return a pattern of the words that stand in bold in the last column of the guide's table."""
    rows = re.findall(r"^\|.*\|([^|]*)\|$", GUIDE.read_text(), re.MULTILINE)
    words = [word for row in rows for word in re.findall(r"\*\*(.+?)\*\*", row)]
    return re.compile(rf"\b({'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


def found_in(path: Path) -> list[tuple[int, str]]:
    """Return the unwanted words of a file, each with the number of its line."""
    return [
        (line + text.count("\n", 0, match.start()), match[0])
        for line, text in _texts_of(path)
        for match in banned().finditer(text)
        if not match[0].isupper()
    ]


def _texts_of(path: Path) -> Iterator[Text]:
    """Yield the texts of a file that people read, each with the number of its first line."""
    content = path.read_text()
    if path.suffix == ".py":
        yield from _texts_of_python(content)
    elif path.suffix == ".html":
        for number, line in enumerate(content.splitlines(), 1):
            yield from ((number, found) for found in _ATTRIBUTES.findall(line))
        yield 1, _blanked(_CODE, _blanked(_TAGS, content))
    elif path.suffix == ".js":
        for found in _JS_TEXTS.finditer(content):
            if found[0].startswith("/") or _LABEL.fullmatch(found[0][1:-1]):
                yield content.count("\n", 0, found.start()) + 1, found[0]
    else:
        yield 1, _blanked(_CODE, content)


def _texts_of_python(content: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _LABEL.fullmatch(node.value):
            yield node.lineno, _blanked(_CODE, node.value)
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], _blanked(_CODE, token.string)


def _blanked(skipped: re.Pattern[str], text: str) -> str:
    """Return a text with blanks in place of what to skip. Its lines keep their numbers."""
    return skipped.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def problems() -> list[str]:
    """Return each unwanted word of the tree as ``path:line: word``."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.html", "*.md", "*.js"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    read = [
        name
        for name in listed.stdout.splitlines()
        if name not in _SKIPPED
        and not name.startswith(("tests/", "examples/"))
        and "/migrations/" not in name
    ]
    return sorted({f"{name}:{line}: {word}" for name in read for line, word in found_in(ROOT / name)})


if __name__ == "__main__":
    if found := problems():
        sys.exit("\n".join([*found, f"{len(found)} words that docs/writing.md does not want."]))
