"""Requests with unknown names are refused: otherwise they would do what no one asked for."""

import json
from pathlib import Path

import pytest

from processes.models import VBAProcess
from tests.enrollment import world
from tests.enrollment.world import Q, R

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

BODIES = {"disenroll": R, "reenroll": Q | {"disenroll_Date": "2024-06-30"}}
every_kind = pytest.mark.parametrize("what", BODIES)
CONTRACT = json.loads((Path(__file__).parent.parent / "contract.json").read_text(encoding="utf-8"))
NONE_SUCH = "There is no query parameter"
TRUE_OR_FALSE = "preview must be true or false."
TWICE = "preview is given more than once."


def refuse(asking, what, body, query=""):
    """Ask for what is refused by 400; return the text, having checked that nothing was begun."""
    before = world.everything()
    answer = asking.send(what, body, query=query)
    assert answer.status_code == 400, answer.content
    assert (VBAProcess.objects.count(), world.everything()) == (0, before)
    return answer.json()["error"]["detail"]


@every_kind
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("preview", TRUE_OR_FALSE),
        ("preview=", TRUE_OR_FALSE),
        ("preview=1", TRUE_OR_FALSE),
        ("preview=yes", TRUE_OR_FALSE),
        ("previw=true", f"{NONE_SUCH} 'previw'. Did you mean preview?"),
        ("Preveiw=true", f"{NONE_SUCH} 'Preveiw'. Did you mean preview?"),
        ("dryRun=true", f"{NONE_SUCH} 'dryRun'."),
        ("=true", f"{NONE_SUCH} ''."),
        ("preview%00=true", f"{NONE_SUCH} 'preview\ufffd'. Did you mean preview?"),
        ("preview=true&preview=false", TWICE),
        ("preview=true&preview=true", TWICE),
        ("preview=true&PREVIEW=true", TWICE),
        ("preview=true&now", f"{NONE_SUCH} 'now'."),
    ],
)
def test_a_query_that_is_not_understood_starts_nothing(asking, what, query, text):
    assert refuse(asking, what, BODIES[what], f"?{query}") == text


@every_kind
@pytest.mark.parametrize("query", ["preview=true", "PREVIEW=True"])
def test_a_preview_is_asked_for_in_any_case(asking, what, query):
    assert "totals" in asking.send(what, BODIES[what], query=f"?{query}").json()["data"]
    assert not VBAProcess.objects.exists()


@every_kind
@pytest.mark.parametrize("query", ["", "?", "?&", "?preview=false"])
def test_without_preview_the_process_is_started(asking, what, query):
    assert asking.send(what, BODIES[what], query=query).status_code == 200
    assert VBAProcess.objects.count() == 1


@every_kind
@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"preview": True}, "There is no property 'preview'. It is a query parameter: ?preview=true."),
        ({"Preview": None}, "There is no property 'Preview'. It is a query parameter: ?preview=true."),
        ({"divison_ID": "A"}, "There is no property 'divison_ID'. Did you mean division_ID?"),
        ({"division": "A"}, "There is no property 'division'. Did you mean division_ID?"),
        ({"": 1}, "There is no property ''."),
        ({"x" * 5000: 1}, f"There is no property '{'x' * 100}…'."),
        ({"a\ud800": 1, "b\0": 2}, "There is no property 'a\ufffd'. There is no property 'b\ufffd'."),
        ({"GROUP_ID": "G1", "group_ID": "G1"}, "group_ID is given more than once."),
    ],
)
def test_a_body_that_is_not_understood_starts_nothing(asking, what, more, text):
    assert refuse(asking, what, more | BODIES[what] | more) == text


@every_kind
def test_a_property_that_comes_twice_starts_nothing(asking, what):
    sent = json.dumps(BODIES[what])[:-1] + ', "disenroll_Date": "2024-12-31"}'
    assert refuse(asking, what, sent) == "disenroll_Date is given more than once."


@pytest.mark.parametrize("inside", [False, True])
def test_of_many_strange_properties_the_first_are_told_and_the_others_counted(asking, inside):
    strange = {f"disenroll_Date{n}": 1 for n in range(2000)}
    if inside:
        text = refuse(asking, "reenroll", cobra(cobraPlanCriterias=[strange]))
    else:
        text = refuse(asking, "disenroll", R | strange)
    where = " in cobraPlanCriterias" * inside
    likely = " Did you mean disenroll_Date?" * (not inside)
    told = [f"There is no property 'disenroll_Date{n}'{where}.{likely}" for n in range(10)]
    assert text == " ".join([*told, f"And 1,990 more{where}."])


def cobra(**changes):
    family = {"subscriber_ID": "S1", "groupReenroll": False, "resetGroupDisenroll": False}
    asked = {"reenrollCOBRA": True, "cobraDivision": "C", "cobraReason": 2}
    return BODIES["reenroll"] | family | asked | changes


@pytest.mark.parametrize(
    ("criteria", "text"),
    [
        (
            {"plan_ID": "MED", "teir": "1"},
            "There is no property 'teir' in cobraPlanCriterias. Did you mean tier?",
        ),
        ({"plan_ID": "MED", "PLAN_ID": "DEN"}, "PLAN_ID is given more than once."),
        ("MED", "cobraPlanCriterias is not valid: 'MED'."),
        ("M1", "cobraPlanCriterias is not valid: 'M1'."),
        ({"plan_ID": "\ud800"}, 'cobraPlanCriterias is not valid: \'{"plan_ID": "\\ud800"}\'.'),
    ],
)
def test_plans_are_named_as_they_are_to_be(asking, criteria, text):
    assert refuse(asking, "reenroll", cobra(cobraPlanCriterias=[criteria])) == text


COBRA = {
    "cobraDivision": "C",
    "cobraCovStart": "2024-01-01",
    "cobraStart": "2024-07-01",
    "cobraEnd": "2024-12-31",
    "cobraReason": 2,
    "cobraPlanCriterias": [{"plan_ID": "MED"}],
}
ONE_FAMILY = {"subscriber_ID": "S1", "groupReenroll": False, "resetGroupDisenroll": False}


@pytest.mark.parametrize("name", COBRA)
@pytest.mark.parametrize("flag", [{}, {"reenrollCOBRA": None}, {"reenrollCOBRA": False}])
def test_cobra_is_not_forgotten_where_its_flag_is(asking, name, flag):
    sent = BODIES["reenroll"] | flag | {name: COBRA[name]}
    assert refuse(asking, "reenroll", sent) == f"{name} needs reenrollCOBRA=true."


@pytest.mark.parametrize("family", [None, 1, 2, 3])
def test_members_are_not_forgotten_where_the_choice_of_them_is(asking, family):
    sent = BODIES["reenroll"] | ONE_FAMILY | {"reenrollFamily": family, "memberSeqCriterias": ["02"]}
    assert refuse(asking, "reenroll", sent) == "memberSeqCriterias needs reenrollFamily=4."


def test_one_member_and_a_list_of_others_are_not_both_asked_for(asking):
    sent = BODIES["reenroll"] | ONE_FAMILY | {"reenrollFamily": 4, "memberSeqCriterias": ["02"]}
    text = "member_Seq must be empty with memberSeqCriterias."
    assert refuse(asking, "reenroll", sent | {"member_Seq": "01"}) == text


def test_of_many_values_of_a_list_that_are_not_valid_the_first_are_told(asking):
    strange = [f"X{n}" for n in range(300)]
    members = BODIES["reenroll"] | ONE_FAMILY | {"reenrollFamily": 4, "memberSeqCriterias": strange}
    plans = cobra(cobraPlanCriterias=[{"plan_ID": each} for each in strange])
    for sent, name in ((members, "memberSeqCriterias"), (plans, "cobraPlanCriterias")):
        told = " ".join(f"{name} is not valid: '{each}'." for each in strange[:10])
        assert refuse(asking, "reenroll", sent) == told


@pytest.mark.parametrize("nothing", [None, False, "", []])
def test_empty_values_of_generated_clients_count_as_absent(asking, nothing):
    names = [*COBRA, "memberSeqCriterias"]
    assert asking.queue("reenroll", BODIES["reenroll"] | dict.fromkeys(names, nothing))


def test_zero_counts_as_a_value(asking):
    text = "cobraReason needs reenrollCOBRA=true."
    assert refuse(asking, "reenroll", BODIES["reenroll"] | {"cobraReason": 0}) == text


@pytest.mark.parametrize(
    ("what", "name"), [("disenroll", "EnrollmentDisenrollGroup"), ("reenroll", "EnrollmentReenroll")]
)
def test_every_property_of_the_contract_is_known(asking, what, name):
    properties = {each["name"]: None for each in CONTRACT["bodies"][name]}
    assert asking.queue(what, properties | BODIES[what])


WRONG_TEXTS = {
    "half a pair": "\ud800",
    "the other half": "x\udfff",
    "a pair the wrong way round": "\ude00\ud83d",
    "NUL": "\0",
    "too long": "x" * 100_000,
    "no character": "\ufffe",
}


@every_kind
@pytest.mark.parametrize("text", WRONG_TEXTS.values(), ids=WRONG_TEXTS)
def test_a_text_that_cannot_be_is_refused_in_every_property(asking, what, text):
    for name in CONTRACT["bodies"][
        "EnrollmentDisenrollGroup" if what == "disenroll" else "EnrollmentReenroll"
    ]:
        for value in (text, [text]):
            answer = asking.send(what, BODIES[what] | {name["name"]: value})
            assert answer.status_code == 400, (name["name"], answer.content)
            assert name["name"] in answer.json()["error"]["detail"]
    assert not VBAProcess.objects.exists()
