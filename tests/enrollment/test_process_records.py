"""What a process leaves to be read by REST: a parameter for all that was sent, and the lines of its log."""

import pytest

from tests.enrollment.world import Q, R

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WARNED = "COMPLETED WITH WARNINGS"
COBRA = {"reenrollCOBRA": True, "resetGroupDisenroll": False, "cobraDivision": "C", "cobraReason": 2}


def parameters(f, key, kind):
    """Return name, type, value and second value of each parameter, by their numbers."""
    found = []
    path = f"vbaprocesses/{key}/types/{kind}/parameters"
    while (answer := f.get(f"{path}/{len(found) + 1}")).status_code == 200:
        row = answer.json()["data"]
        assert row["process_Automation"] is False
        names = ("parameter_Name", "parameter_Type", "parameter_Value1", "parameter_Value2")
        found.append(tuple(row[name] for name in names))
    return found


def log(f, key, kind, log_type):
    """Return the lines of one type of a process's log."""
    rows = f.get(f"vbaprocesses/{key}/types/{kind}/logs").json()["data"]
    return [row for row in rows if row["log_Type"] == log_type]


def test_each_field_that_was_sent_is_a_parameter(f):
    key = f.disenroll(term_Date="2024-06-14T00:00:00Z")
    assert parameters(f, key, "GROUPDISENROLL") == [
        ("user_ID", "string", "u1", None),
        ("group_ID", "string", "G1", None),
        ("disenroll_Date", "date-time", "2024-06-30", None),
        ("term_Date", "date-time", "2024-06-14", None),
        ("reason_ID", "int32", "1", None),
        ("disenrollFamily", "int32", "1", None),
        ("terminateAuth", "boolean", "false", None),
        ("disenrollFuture", "int32", "2", None),
        ("groupDisenroll", "boolean", "true", None),
    ]


def test_plans_and_members_of_a_list_are_a_parameter_each(f):
    f.disenroll(division_ID="A", groupDisenroll=False)
    plans = [{"plan_ID": "MED", "tier": "1"}, {"plan_ID": "DEN", "tier": None}]
    family = {"groupReenroll": False, "subscriber_ID": "S1", "reenrollFamily": 4}
    members = ["01", "02"]
    key = f.reenroll(**COBRA, **family, memberSeqCriterias=members, cobraPlanCriterias=plans)
    found = parameters(f, key, "GROUPREENROLL")
    assert [each for each in found if each[0].endswith("Criterias")] == [
        ("cobraPlanCriterias", "string", "MED", "1"),
        ("cobraPlanCriterias", "string", "DEN", None),
        ("memberSeqCriterias", "string", "01", None),
        ("memberSeqCriterias", "string", "02", None),
    ]


def test_every_division_in_scope_has_its_count_also_where_nothing_changes(f):
    told = f.preview("disenroll", R)
    assert [each["division_ID"] for each in told["divisions"]] == ["A", "B", "C"]
    key = f.disenroll()
    lines = log(f, key, "GROUPDISENROLL", "COUNT")
    assert [line["log_Message"] for line in lines] == [
        "Division 'A': 1 enrollment, 2 plans, 4 log rows.",
        "Division 'B': 1 enrollment, 1 plan, 1 log row.",
        "Division 'C': nothing.",
    ]
    assert [line["log_Reference_Value2"] for line in lines] == ["A", "B", "C"]
    assert f.lines(f.disenroll(), "COUNT") == [f"Division '{each}': nothing." for each in "ABC"]
    assert f.lines(f.reenroll(division_ID="C", resetGroupDisenroll=False), "COUNT") == [
        "Division 'C': nothing."
    ]
    anew = f.reenroll(start_Date="2024-09-01")
    assert [line.partition(":")[0] for line in f.lines(anew, "COUNT")] == [
        "Division 'A'",
        "Division 'B'",
        "Division 'C'",
    ]


def test_one_family_is_counted_where_it_has_been_and_cobra_where_it_goes(f):
    f.disenroll()
    key = f.reenroll(groupReenroll=False, resetGroupDisenroll=False, subscriber_ID="S2", expect=WARNED)
    assert f.lines(key, "COUNT") == ["Division 'B': 1 enrollment, 1 plan."]
    f.reenroll()
    f.disenroll(division_ID="A", groupDisenroll=False)
    key = f.reenroll(**COBRA)
    assert f.lines(key, "COUNT") == ["Division 'C': 1 enrollment, 2 plans."]


def test_a_warning_about_an_enrollment_tells_all_of_its_key_in_columns(f):
    f.disenroll(division_ID="A", groupDisenroll=False)
    (line,) = log(
        f, f.reenroll(**Q | {"resetGroupDisenroll": False}, expect=WARNED), "GROUPREENROLL", "WARNING"
    )
    found = [(line[f"log_Reference_Column{n}"], line[f"log_Reference_Value{n}"]) for n in range(1, 6)]
    assert found == [
        ("Group", "G1"),
        ("Division", "A"),
        ("Subscriber", "S1"),
        ("Start", "2024-01-01"),
        (None, None),
    ]
