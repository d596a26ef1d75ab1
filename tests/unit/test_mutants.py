"""The mutation script (tests/mutants): what it changes, and that its list of allowed survivors is current."""

import pytest

from tests.mutants import covering, making, making_sql, results

SQL = '''f"""
    UPDATE a SET x = 1, y = 'b' FROM c
    WHERE a.id = c.id AND (a.start <= %(day)s OR a.{end} IS NULL)
      AND a.n BETWEEN 1 AND 2 AND EXISTS (SELECT FROM d WHERE d.id = a.id)
    ORDER BY a.id
    FOR NO KEY UPDATE"""'''


def changed(text):
    return {
        " ".join((text[:start] + new + text[end:]).split()): kind
        for start, end, new, kind in making_sql.changes(text)
    }


def test_each_entry_of_may_live_still_exists_and_has_a_reason():
    for entry in results.may_live():
        assert set(entry) == {"file", "before", "after", "why"}
        assert len(entry["why"]) > 20
        assert not results.is_rotten(entry), entry


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("operator", "a.id = c.id AND", "a.id <> c.id AND"),
        ("operator", "a.start <= %(day)s", "a.start < %(day)s"),
        ("operator", "IS NULL", "IS NOT NULL"),
        ("operator", "c.id AND (a", "c.id OR (a"),
        ("operator", "AND EXISTS", "AND NOT EXISTS"),
        ("predicate", "a.id = c.id", "true"),
        ("predicate", "(a.start <= %(day)s OR a.{end} IS NULL)", "true"),
        ("predicate", "a.{end} IS NULL", "false"),
        ("predicate", "a.n BETWEEN 1 AND 2", "true"),
        ("predicate", "EXISTS (SELECT FROM d WHERE d.id = a.id)", "true"),
        ("predicate", "d.id = a.id", "true"),
        ("lock", " FOR NO KEY UPDATE", " "),
        ("lock", " ORDER BY a.id", " "),
    ],
)
def test_sql_is_changed_where_its_rules_are(kind, old, new):
    plain = " ".join(SQL.split())
    assert plain.count(old) == 1
    wanted = " ".join(plain.replace(old, new).split())
    assert {" ".join(text.split()): kind for text, kind in changed(SQL).items()}.get(wanted) == kind


def test_assignments_and_text_in_braces_are_not_mutated_as_sql():
    for text in changed(SQL):
        assert "SET x <> 1" not in text
        assert "y <> 'b'" not in text
        assert "{end}" in text or "a.{end}" not in " ".join(SQL.split()) or "IS NULL" not in text


def test_python_code_is_mutated_but_not_its_texts():
    source = '''"""A > B."""
def f(a: int, b: str = "x and y") -> int:
    """Say whether a < 1 and b."""
    assert a > 0
    _log.info("a = %s", 1)
    if a >= 1 and not b:
        g(a)
    return max(a, 2)
'''
    told = [mutant.after for mutant in making.mutants_of("access/made_up.py", source)]
    assert told == [
        "if True and not b:",
        "if a > 1 and not b:",
        "if a >= 2 and not b:",
        "if a >= 1 or not b:",
        "if a >= 1 and b:",
        "if a >= 1 and True:",
        "None",
        "return min(a, 2)",
        "return max(a, 3)",
    ]


def test_each_changed_file_has_mutants_that_its_tests_may_kill():
    files = making.sources()
    assert len(files) > 40
    for file in files:
        assert covering.tests_of(file)[:3]
    for prefix in covering.TESTS:
        assert any(file.startswith(prefix) for file in files), prefix


def test_mutants_keep_their_identity_when_lines_move():
    file = "enrollment/sql/undo.py"
    source = (making.ROOT / file).read_text()
    names = [mutant.name for mutant in making.mutants_of(file, source)]
    assert len(set(names)) == len(names) > 100
    moved = making.mutants_of(file, "# A line more.\n" + source)
    assert [mutant.name for mutant in moved] == names
