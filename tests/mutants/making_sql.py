"""Small changes of SQL: in the source of one string of Python, with its quotes and an f-string's ``{}``."""

import re
from collections.abc import Iterator

# Start, end, new text, kind.
Change = tuple[int, int, str, str]

# Each pattern with what its first group becomes.
_SWAPS = [
    ("operator", r"(<=)", "<"),
    ("operator", r"(>=)", ">"),
    ("operator", r"(<>)", "="),
    ("operator", r"(?<![-<@|&])(<)(?![=>@-])", "<="),
    ("operator", r"(?<![-<=>@&|])(>)(?![=>])", ">="),
    # What is assigned (SET a = 1, b = 2) is no comparison.
    ("operator", r"(?<![<>=!:])(=)(?![=>])", "<>"),
    ("operator", r"\b(IS NOT DISTINCT FROM)\b", "="),
    ("operator", r"\b(IS DISTINCT FROM)\b", "<>"),
    ("operator", r"\b(IS NOT NULL)\b", "IS NULL"),
    ("operator", r"\b(IS NULL)\b", "IS NOT NULL"),
    ("operator", r"\b(NOT EXISTS)\b", "EXISTS"),
    ("operator", r"(?<!NOT )(?<!IF )\b(EXISTS) \(", "NOT EXISTS"),
    ("operator", r"\b(NOT IN)\b", "IN"),
    ("operator", r"(?<!IS )\b(NOT )(?!NULL|EXISTS|IN\b|MATCHED|DISTINCT|DEFERRABLE|VALID|MATERIALIZED)", ""),
    ("operator", r"\b(LEFT JOIN)\b", "JOIN"),
    ("operator", r"\b(DESC)\b", "ASC"),
    ("operator", r"(?<=[\w)\]}] )([+])(?= 1\b)", "-"),
    ("operator", r"(?<=[\w)\]}] )(-)(?= 1\b)", "+"),
    ("word", r"\b(min)\(", "max"),
    ("word", r"\b(max)\(", "min"),
    ("word", r"\b(least)\(", "greatest"),
    ("word", r"\b(greatest)\(", "least"),
    ("word", r"\b(bool_or)\(", "bool_and"),
    ("word", r"\b(bool_and)\(", "bool_or"),
    ("constant", r"\b(true)\b", "false"),
    ("constant", r"\b(false)\b", "true"),
    ("constant", r"'(infinity)'", "-infinity"),
    ("constant", r"'(-infinity)'", "infinity"),
    ("lock", r"\b(FOR (?:NO KEY UPDATE|KEY SHARE|UPDATE|SHARE)(?: OF \w+)?(?: SKIP LOCKED| NOWAIT)?)", ""),
    ("lock", r"\b(SKIP LOCKED|NOWAIT)\b", ""),
    ("lock", r"\b(pg_advisory_(?:xact_)?lock(?:_shared)?)\(", "num_nonnulls"),
    ("lock", r"(ORDER BY [\w., ]+?)\s+FOR (?:NO KEY )?UPDATE", ""),
    ("lock", r"\bIN ((?:SHARE|EXCLUSIVE|ROW|ACCESS|UPDATE| )+) MODE\b", "ACCESS SHARE"),
]
_ASSIGNED = re.compile(r"(?:\bSET|,)\s*[\w.\"]+\s*$")
_NUMBER = re.compile(r"(?<!SELECT )(?<![\w.$%'\"(:\-{])(\d+)(?![\w.'\"])")
# What ends a predicate at its own depth, besides the end of its parentheses.
_WORDS = re.compile(
    r"\(|\)|,|;|\0|\b(?:CASE|END|BETWEEN|AND|OR|WHERE|WHEN|THEN|ELSE|GROUP BY|ORDER BY|HAVING|LIMIT|RETURNING"
    r"|UNION|ON CONFLICT|FOR (?:NO|KEY|UPDATE|SHARE)|(?:LEFT |CROSS )?JOIN|AS|ASC|DESC|LOOP|SELECT|WINDOW)\b"
)


def changes(text: str) -> Iterator[Change]:
    """Yield the changes of a string's source."""
    plain = _plain(text)
    for kind, pattern, new in _SWAPS:
        for found in re.finditer(pattern, plain, re.DOTALL):
            start, end = found.span(1)
            if found[1] != "=" or not _ASSIGNED.search(plain[:start]):
                yield start, end, new, kind
    for found in _NUMBER.finditer(plain):
        yield *found.span(1), str(int(found[1]) + 1), "constant"
    yield from _predicates(plain)


def _plain(text: str) -> str:
    """Return the text, just as long, with what is no SQL blanked: its quotes, comments, and what stands in
    braces (a word, for the changes)."""
    plain = re.sub(r'"\s*\n\s*[rf]*"', lambda joint: "\0" * len(joint[0]), text)
    plain = re.sub(r'^[rf]*"+|"+$', lambda quotes: "\0" * len(quotes[0]), plain)
    plain = re.sub(r"--[^\n]*", lambda comment: " " * len(comment[0]), plain)
    if not re.match(r"r?f", text):
        return plain
    out, depth = list(plain), 0
    for place, character in enumerate(plain):
        if character == "}":
            depth -= 1
        if depth > 0 or character in "{}":
            out[place] = "x"
        if character == "{":
            depth += 1
    return "".join(out)


def _predicates(plain: str) -> Iterator[Change]:
    """Yield a change for each AND and OR, and for each predicate after WHERE, AND or OR, which is dropped."""
    words = _levels(plain)
    for place, (word, start, end, depth) in enumerate(words):
        if word == "AND":
            yield start, end, "OR", "operator"
        if word == "OR":
            yield start, end, "AND", "operator"
        if word in ("AND", "OR", "WHERE"):
            later = (s for _, s, _, level in words[place + 1 :] if level <= depth)
            stop = end + len(plain[end : next(later, len(plain))].rstrip(" \n\0"))
            first = end + len(plain[end:stop]) - len(plain[end:stop].lstrip())
            if plain[first:stop] not in ("", "true", "false"):
                yield first, stop, "false" if word == "OR" else "true", "predicate"


def _levels(plain: str) -> list[tuple[str, int, int, int]]:
    """Return the words that begin or end predicates: word, start, end, depth. Of ``BETWEEN a AND b`` there is
    none. What encloses a predicate ends it, not what it encloses: both ends of parentheses are inside."""
    found: list[tuple[str, int, int, int]] = []
    depth, between = 0, set()
    for match in _WORDS.finditer(plain):
        word = match[0]
        depth += word in ("(", "CASE")
        if word == "BETWEEN":
            between.add(depth)
        elif word == "AND" and depth in between:
            between.remove(depth)
        else:
            found.append((word, *match.span(), depth))
        if word in (")", "END"):
            between.discard(depth)
            depth -= 1
    return found
