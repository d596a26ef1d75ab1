"""Random groups, families, contracts and requests for the tests of invariants, and storing them."""

import datetime
from typing import Any

from hypothesis import example
from hypothesis import strategies as st

from enrollment.models import MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupDivision
from members.models import Authorization, Member, Subscriber
from tests.enrollment import world
from tests.enrollment.others import make_others, make_twins
from tests.enrollment.world import JAN_1, make

FIRST = datetime.date(2024, 1, 1)
days = st.integers(0, 365).map(lambda n: FIRST + datetime.timedelta(days=n))
later = st.one_of(st.none(), st.none(), st.integers(0, 400))
# Coverage mostly begins before it is ended, and mostly someone has a plan: else nothing would come of it.
begins = st.integers(0, 200).map(lambda n: FIRST + datetime.timedelta(days=n))
ends = st.integers(90, 330).map(lambda n: str(FIRST + datetime.timedelta(days=n)))
held = st.sampled_from([("MED",), ("MED", "DEN"), ("DEN",), ()])


def after(start: datetime.date, length: int | None) -> datetime.date | None:
    """Return the last day of a span, None for one without end; length 0 is void."""
    return None if length is None else start + datetime.timedelta(days=length - 1)


enrollments = st.tuples(st.sampled_from("AB"), begins, later, held, later)
members = st.tuples(st.one_of(st.none(), begins), later, st.sampled_from([None, None, None, None, FIRST]))


def one_after_another(drawn: tuple[datetime.date, list[tuple[Any, ...]], bool]) -> list[tuple[Any, ...]]:
    """Return enrollments of which each begins so many days after the one before; the last may be open."""
    start, links, is_open = drawn
    found: list[tuple[Any, ...]] = []
    for division, gap, length, plans, plan_length in links:
        start += datetime.timedelta(days=gap)
        found.append((division, start, length, plans, plan_length))
        start += datetime.timedelta(days=length)
    return [*found[:-1], (*found[-1][:2], None if is_open else found[-1][2], *found[-1][3:])]


# Renewals: the same division again, mostly on the next day, or another one.
link = st.tuples(st.sampled_from("AAAB"), st.sampled_from([0, 0, 0, 9]), st.integers(30, 150), held, later)
renewals = st.tuples(begins, st.lists(link, min_size=2, max_size=4), st.booleans()).map(one_after_another)
families = st.tuples(
    st.one_of(st.lists(enrollments, min_size=1, max_size=3), renewals),
    st.lists(members, min_size=1, max_size=3),
    st.booleans(),
)
disenrolls = st.fixed_dictionaries(
    {
        "disenroll_Date": ends,
        "division_ID": st.sampled_from([None, "A", "A", "B"]),
        "groupDisenroll": st.sampled_from([False, False, True]),
        "disenrollFamily": st.sampled_from([1, 1, 1, 2, 3]),
        "disenrollFuture": st.sampled_from([2, 2, 3]),
        "terminateAuth": st.booleans(),
        "term_Date": st.sampled_from([None, "2024-05-05"]),
    }
).map(lambda body: body | {"groupDisenroll": body["groupDisenroll"] and body["disenrollFamily"] == 1})
# So many days after the last day of coverage; None: as the process has it by default.
gaps = st.one_of(st.none(), st.integers(1, 90))
undos = st.fixed_dictionaries(
    {
        "division_ID": st.sampled_from([None, None, "A"]),
        "resetGroupDisenroll": st.booleans(),
        "resetAuth": st.booleans(),
        "reenrollAll": st.booleans(),
        "reenrollFamily": st.sampled_from([1, 1, 2, 3]),
    }
)
news = st.tuples(undos, st.integers(1, 90)).map(lambda drawn: drawn[0] | {"start_Date": drawn[1]})
cobras = st.fixed_dictionaries(
    {
        "reenrollCOBRA": st.just(True),
        "resetGroupDisenroll": st.just(False),
        "division_ID": st.sampled_from([None, "A"]),
        "reenrollAll": st.booleans(),
        "reenrollFamily": st.sampled_from([1, 1, 2, 3]),
        "cobraDivision": st.just("C"),
        "cobraReason": st.just(2),
        "cobraStart": gaps,
        "cobraPlanCriterias": st.sampled_from([[], [{"plan_ID": "MED", "tier": "1"}]]),
    }
)
reenrolls = st.one_of(undos, news, cobras)
# The first and the last day of a second contract of each division; the first goes on until the day before it.
contracts = st.one_of(st.just((FIRST, None)), st.tuples(days, later))
edits = st.tuples(st.integers(0, 5), later)
# Rounds of a disenrollment, perhaps an edit, perhaps a reenrollment.
rounds = st.tuples(
    disenrolls,
    st.one_of(st.none(), st.none(), edits),
    st.one_of(reenrolls, reenrolls, st.none()),
)
sequences = st.lists(rounds, min_size=1, max_size=2).map(
    lambda drawn: [
        (what, body)
        for one in drawn
        for what, body in zip(("disenroll", "edit", "reenroll"), one, strict=True)
        if body is not None
    ]
)


def plainly(back: dict[str, Any]) -> Any:
    """Return an example in which two families of a division are ended and brought back in one way."""
    family = ([("A", FIRST, None, ("MED", "DEN"), None)], [(None, None, None), (FIRST, None, None)], True)
    end = {"disenroll_Date": "2024-06-30", "division_ID": "A", "groupDisenroll": False, "terminateAuth": True}
    return example(
        drawn=[family, family],
        at_member=False,
        contract=(FIRST, None),
        sequence=[("disenroll", end), ("reenroll", back)],
    )


def begun_after(last: str, asked_for: dict[str, Any]) -> dict[str, Any]:
    """Return the dates of what begins so many days after the last day of coverage."""
    day = datetime.date.fromisoformat(last)
    gaps = {name: asked_for.get(name) for name in ("start_Date", "cobraStart")}
    return {name: str(day + datetime.timedelta(days=gap)) for name, gap in gaps.items() if gap}


def overlap(first: tuple[Any, Any], second: tuple[Any, Any]) -> bool:
    """Return whether two spans, neither void, share a day."""
    far = datetime.date.max
    void = any(end is not None and end < start for start, end in (first, second))
    return not void and first[0] <= (second[1] or far) and second[0] <= (first[1] or far)


def make_world(drawn: list[Any], at_member: bool, contract: tuple[Any, Any] = (FIRST, None)) -> None:
    """Store what was drawn; spans that would overlap in a division are left out. Every other family is
    covered by another group as well, under the same keys and for the same spans."""
    make(Group, group_id="G1", original_date=FIRST)
    make(world.Reason, reason_id=1)
    make(world.Reason, reason_id=2, cobra_length=18)
    for division in "ABC":
        make(GroupDivision, group_id="G1", division_id=division, cobra_division=division == "C")
        make_contracts(division, contract, "Y" if at_member and division == "A" else "N")
    make_others()
    for number, (spans, people, with_auth) in enumerate(drawn):
        subscriber = f"S{number}"
        make(Subscriber, subscriber_id=subscriber)
        for seq, (enrolled, length, died) in enumerate(people, 1):
            gone = after(enrolled or FIRST, length)
            make(
                Member,
                subscriber_id=subscriber,
                member_seq=f"0{seq}",
                date_enrolled=enrolled,
                disenroll_date=gone,
                date_of_death=died,
            )
        make_enrollments(subscriber, spans, len(people))
        for row in SubEnrollment.objects.filter(subscriber_id=subscriber):
            make_twins(row, live=number % 2 == 1)
        if with_auth:
            make(
                Authorization,
                auth_number=f"AU{number}",
                subscriber_id=subscriber,
                member_seq="01",
                auth_code="OPEN",
                approved_from=spans[0][1],
            )


def make_contracts(division: str, second: tuple[Any, Any], at_member: str) -> None:
    """Store a division's contract from the first day, and a second one that comes after it and has no DEN."""
    start, length = second
    is_one = start == FIRST
    end = None if is_one else start - datetime.timedelta(days=1)
    world.make_contract(division, benefit_at_member=at_member, coverage_end=end)
    if is_one:
        return
    key = {"group_id": "G1", "division_id": division, "coverage_start": start}
    last = after(start, max(1, length) if length is not None else None)
    make(GroupContract, **key, benefit_at_member=at_member, coverage_end=last)
    make(world.GroupContractPlan, **key, plan_id="MED")


def make_enrollments(subscriber: str, spans: list[Any], people: int) -> None:
    """Store a family's enrollments with plans inside of them."""
    stored: dict[str, list[tuple[Any, Any]]] = {"A": [], "B": []}
    for division, start, length, plans, plan_length in spans:
        span = (start, after(start, length))
        taken = stored[division]
        if any(overlap(span, other) or span[0] == other[0] for other in taken):
            continue
        taken.append(span)
        key = {
            "subscriber_id": subscriber,
            "group_id": "G1",
            "division_id": division,
            "group_coverage_start": JAN_1,
        }
        make(SubEnrollment, **key, start_date=start, end_date=span[1])
        plan_end = after(start, plan_length)
        if span[1] is not None:
            plan_end = min(plan_end or span[1], span[1])
        for plan in plans:
            of_plan = {"plan_id": plan, "plan_start": start, "plan_end": plan_end}
            make(SubEnrollmentPlan, **key, start_date=start, **of_plan)
            for seq in range(1, people + 1):
                make(MemEnrollmentPlan, **key, sub_start_date=start, member_seq=f"0{seq}", **of_plan)
