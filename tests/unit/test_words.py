"""``python -m tests.words`` finds each unwanted word where people read it, and skips names and code."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import words

PYTHON = '''"""A module.

Somebody reads this.
"""
cover = "cover"  # The cover of a member.
STATE, LABEL = "cancelled", "Cancelled"
TEXT = f"{cover} was reckoned."
KEPT = "CANCELLED stays, and `dependant` is code. Discover and recover are other words."
'''
HTML = """{% comment %}What nobody sees.{% endcomment %}
<p class="cover" title="Back office">{{ dependant }}
    {% if cover %}The dependants{% endif %}</p>
<td data-label="Cover"><code>cover</code></td>
<script>const cover = 1;</script>
"""
MARKDOWN = """# Cover
A `cover`, and CANCELLED.
```
cover = 1
```
Meanwhile.
"""


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.py", PYTHON, [(3, "Somebody"), (5, "cover"), (6, "Cancelled"), (7, "reckoned")]),
        ("a.html", HTML, [(1, "nobody"), (2, "Back office"), (3, "dependants"), (4, "Cover")]),
        ("a.md", MARKDOWN, [(1, "Cover"), (6, "Meanwhile")]),
        ("a.js", "// Somebody\nconst cover = `the cover of` + 'cover';\n", [(1, "Somebody"), (2, "cover")]),
    ],
)
def test_a_planted_word_is_found_where_people_read_it(tmp_path: Path, name: str, content: str, found) -> None:
    (tmp_path / name).write_text(content)
    assert sorted(words.found_in(tmp_path / name)) == found


def test_every_word_of_the_guide_is_looked_for() -> None:
    for word in ("cover", "dependant", "dependants", "cancelled", "reckoned", "meanwhile", "back office"):
        assert words.banned().fullmatch(word), word


def test_the_check_fails_and_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "docs" / "writing.md").write_text(words.GUIDE.read_text())
    (tmp_path / "tests" / "words.py").write_text(Path(words.__file__).read_text())
    (tmp_path / "page.html").write_text("<p>Cover</p>\n")

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    run("git", "init", "-q")
    run("git", "add", ".")
    failed = run(sys.executable, "-m", "tests.words")
    assert (failed.returncode, failed.stderr.splitlines()[0]) == (1, "page.html:1: Cover")
    (tmp_path / "page.html").write_text("<p>Coverage</p>\n")
    passed = run(sys.executable, "-m", "tests.words")
    assert (passed.returncode, passed.stderr) == (0, "")
