"""Small changes of Python, by its syntax tree. What a program says, asserts or logs is left alone."""

import ast
from collections.abc import Iterator

# Start, end, new text, kind.
Change = tuple[int, int, str, str]

_COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_LOGS = ("_log", "log", "logger", "logging")


class Offsets:
    """Where nodes stand in a source, in characters."""

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        """Return the offset of a line and a column in bytes."""
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def of(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return start and end of a node."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)


def texts(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the strings of a module: whole f-strings, and no docstrings."""
    for node in _walk(tree):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            yield node


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes that may be changed: no annotations, docstrings, assertions, logging, or inside of
    strings."""
    yield node
    if isinstance(node, ast.JoinedStr | ast.Assert):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or (isinstance(child, ast.Expr) and _is_talk(child.value)):
                continue
            yield from _walk(child)


def _is_talk(value: ast.expr) -> bool:
    """Return whether a statement is a docstring or a line of the log."""
    is_log = isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[0] in _LOGS
    return is_log or isinstance(value, ast.Constant)


def changes(source: str, tree: ast.Module, offsets: Offsets) -> Iterator[Change]:
    """Yield the changes of a module outside of its strings."""
    for node in _walk(tree):
        match node:
            case ast.Compare():
                yield from _compared(source, node, offsets)
            case ast.BoolOp():
                yield from _joined(source, node, offsets)
            case ast.UnaryOp(op=ast.Not()):
                yield offsets.of(node)[0], offsets.of(node.operand)[0], "", "operator"
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                if not isinstance(
                    test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.NamedExpr | ast.Constant
                ):
                    yield *offsets.of(test), f"not {_text(source, test, offsets)}", "operator"
            case ast.Constant(value=bool(value)):
                yield *offsets.of(node), str(not value), "constant"
            case ast.Constant(value=int(value)):
                yield *offsets.of(node), str(value + 1), "constant"
            case ast.BinOp(op=ast.Add() | ast.Sub(), left=left, right=right) if _is_number(right):
                place = source.find("+" if isinstance(node.op, ast.Add) else "-", offsets.of(left)[1])
                yield place, place + 1, "-" if isinstance(node.op, ast.Add) else "+", "operator"
            case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
                yield *offsets.of(node.func), _CALLS[name], "word"
            case ast.Call(func=ast.Attribute(attr="select_for_update", value=what)):
                yield offsets.of(what)[1], offsets.of(node)[1], ".all()", "lock"
            case ast.Expr(value=ast.Call()):
                yield *offsets.of(node), "None", "call"


def _text(source: str, node: ast.expr, offsets: Offsets) -> str:
    start, end = offsets.of(node)
    return f"({source[start:end]})" if "\n" in source[start:end] else source[start:end]


def _is_number(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and isinstance(node.value, int)) or (
        isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "timedelta"
    )


def _compared(source: str, node: ast.Compare, offsets: Offsets) -> Iterator[Change]:
    left = node.left
    for operator, right in zip(node.ops, node.comparators, strict=True):
        old, new = _COMPARISONS[type(operator)]
        place = source.find(old, offsets.of(left)[1], offsets.of(right)[0])
        if place >= 0:
            yield place, place + len(old), new, "operator"
        left = right


def _joined(source: str, node: ast.BoolOp, offsets: Offsets) -> Iterator[Change]:
    """Yield the changes of ``a and b``: the other operator, and each element dropped."""
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    neutral = "True" if old == "and" else "False"
    for left, right in zip(node.values, node.values[1:], strict=False):
        place = source.find(old, offsets.of(left)[1], offsets.of(right)[0])
        if place >= 0:
            yield place, place + len(old), new, "operator"
    for value in node.values:
        if not _names_something(value):
            yield *offsets.of(value), neutral, "predicate"


def _names_something(value: ast.expr) -> bool:
    """Return whether an element cannot go, because it gives a name to what others use."""
    return any(isinstance(inner, ast.NamedExpr) for inner in ast.walk(value))
