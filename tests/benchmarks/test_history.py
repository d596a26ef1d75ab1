"""What the history costs a file load: the same load with and without the triggers."""

import pytest

from groups.models import Group
from tests.benchmarks.harness import Goal, Line, race, scaled
from tests.benchmarks.house import OURS, execute
from tests.benchmarks.loads import Case, Loads
from tests.benchmarks.making import Variant

pytestmark = pytest.mark.bench

WITHOUT = "without history"


def switched(state, before):
    """Switch the triggers of groups, then do what comes before the load."""

    def prepare():
        before()
        execute(OURS, "TRUNCATE historyentry")
        for event in ("insert", "update"):
            execute(OURS, f"ALTER TABLE groups {state} TRIGGER history_{event}")

    return prepare


@pytest.mark.parametrize("variant", [None, Variant.CHANGED], ids=["empty table", "every row changes"])
def test_history_beside_a_load(house, report, variant):
    case = Case(Group, scaled(100_000), 0.6)
    loads = Loads(house, case)
    path = house.file(Group, case.rows, variant) if variant else loads.plain
    before = loads.filled(OURS) if variant else loads.empty(OURS)
    contestants = {
        "ours": loads.ours(path, switched("ENABLE", before)),
        WITHOUT: loads.ours(path, switched("DISABLE", before)),
    }
    try:
        rates = race(contestants)
    finally:
        switched("ENABLE", loads.empty(OURS))()
    what = "every row changes" if variant else "empty table"
    report.add(
        Line(
            f"load groups with history: {what}",
            case.rows,
            "rows/s",
            rates,
            limit=WITHOUT,
            goal=Goal(ratio=2 / 3),
        )
    )
