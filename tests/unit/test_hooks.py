"""Hooks: their parts keep their order, and have all parts that apps add at startup."""

from processes.kinds import RUNNERS
from processes.page_parts import PAGE_PARTS
from tables.admin.data_checks import MORE_FINDINGS
from tables.admin.links import LIST_ACTIONS, LIST_LINKS, RECORD_LINKS, RECORD_PANELS
from tables.context.hooks import Hook
from tables.history.reading import MORE_LINES
from tables.schema.sensitive import RECORDERS

HOOKS = [
    *(LIST_ACTIONS, LIST_LINKS, MORE_FINDINGS, MORE_LINES, PAGE_PARTS),
    *(RECORDERS, RECORD_LINKS, RECORD_PANELS, RUNNERS),
]


def test_a_hook_keeps_the_order_of_its_parts():
    hook = Hook[str]("a")
    hook.add("b", "c")
    hook.add("d")
    assert list(hook) == list(hook) == ["a", "b", "c", "d"]
    assert list(Hook[str]()) == []


def test_each_hook_has_parts_and_no_part_twice():
    for hook in HOOKS:
        parts = list(hook)
        assert parts
        assert len(parts) == len(set(parts))
