"""Operations about people that belong to no table: numbers, lists, adding, copying, options."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from tests.api.doors import problem
from tests.api.families import (
    BASE,
    CONTRACT_A,
    ENROLLMENT,
    ENROLLMENT_PLAN,
    EVERY,
    GROUP,
    MEMBER,
    SUBSCRIBER,
    have,
    have_cover,
)
from tests.api.programs import data_of
from tests.api.published import BODIES, CONTRACT

pytestmark = pytest.mark.django_db(databases="__all__")

COPY = "/vbasoftware/groups/G1/divisions/A/copy"
ADD = "/vbasoftware/subscribers/S1/add-enrollment"


def test_each_number_is_assigned_once_in_the_format_of_the_group(program):
    record = GROUP.record(subscriber_ID_Prefix="AC", subscriber_ID_Suffix="X")
    program.post(BASE + GROUP.made_at, record)
    plain = [data_of(program.get("/vbasoftware/subscribers-generate-id")) for _ in range(2)]
    assert len({*plain}) == 2
    assert all(len(number) == 9 and number.isdigit() for number in plain)
    formed = [data_of(program.get("/vbasoftware/subscribers-generate-id", groupId="G1")) for _ in range(2)]
    assert len({*formed}) == 2
    assert all(len(number) == 9 and number[:2] == "AC" and number[8] == "X" for number in formed)
    assert problem(program.get("/vbasoftware/subscribers-generate-id", groupId="G9"), 400)


def test_a_number_that_is_taken_is_skipped(program):
    number = data_of(program.get("/vbasoftware/subscribers-generate-id"))
    taken = str(int(number) + 1)
    assert program.post("/vbasoftware/subscribers", SUBSCRIBER.record(subscriber_ID=taken)).status_code == 200
    assert data_of(program.get("/vbasoftware/subscribers-generate-id")) == str(int(number) + 2)


def active(program, **query):
    response = program.get("/vbasoftware/active-subscribers", **query)
    return data_of(response), response["X-Pagination"]


def test_active_subscribers_are_those_enrolled_today(program):
    have_cover(program)
    have(program, ENROLLMENT)
    program.post(BASE + ENROLLMENT_PLAN.made_at, ENROLLMENT_PLAN.record(tier="EE"))
    rows, pages = active(program, groupId="G1", divisionId="A")
    assert rows == [
        {
            "subscriberId": "S1",
            "memberSeq": "01",
            "birthDate": "1990-02-03T00:00:00Z",
            "firstName": None,
            "lastName": "Rivera",
            "planDescription": "MED",
            "tierDescription": "EE",
            "startDate": "2024-01-01T00:00:00Z",
            "endDate": None,
        }
    ]
    assert '"TotalCount":1' in pages
    assert active(program, groupId="G1", divisionId="B")[0] == []
    assert active(program, groupId="G1", page=2)[0] == []
    program.put(BASE + ENROLLMENT.one, ENROLLMENT.record(end_Date="2024-06-30"))
    assert active(program, groupId="G1")[0] == []


def test_active_subscribers_are_sorted_as_asked(program):
    have_cover(program)
    have(program, ENROLLMENT)
    second = SUBSCRIBER.record(subscriber_ID="S2", last_Name="Abara")
    program.post("/vbasoftware/subscribers", second)
    program.post("/vbasoftware/subscribers/S2/enrollments", ENROLLMENT.record(subscriber_ID="S2"))
    rows, _ = active(program, sortBy="lastName:asc")
    assert [row["lastName"] for row in rows] == ["Abara", "Rivera"]
    assert [row["subscriberId"] for row in active(program)[0]] == ["S1", "S2"]
    assert problem(program.get("/vbasoftware/active-subscribers", sortBy="ssn"), 400)


def test_subscribers_before_the_page_are_not_looked_up(program):
    have_cover(program)
    keys = [f"S{n}" for n in range(1, 7)]
    program.put("/vbasoftware/subscribers-batch", [{"subscriber_ID": key} for key in keys])
    for key in keys:
        program.post(f"/vbasoftware/subscribers/{key}/enrollments", ENROLLMENT.record(subscriber_ID=key))
    with CaptureQueriesContext(connections["VBA_Demo"]) as captured:
        rows, _ = active(program, page=3, pageSize=2, sortBy="startDate:desc")
    assert [row["subscriberId"] for row in rows] == ["S5", "S6"]
    statement = next(each["sql"] for each in captured if "LATERAL" in each["sql"])
    with connections["VBA_Demo"].cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        waiting, looked_up = [cursor.fetchone()[0][0]["Plan"]], 0
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if node.get("Relation Name") == "members":
            looked_up = max(looked_up, node["Actual Loops"])
    assert looked_up == 2


@pytest.mark.parametrize("with_members", [True, False])
def test_an_added_enrollment_covers_those_who_had_left(program, with_members):
    have_cover(program)
    left = {"disenroll_Date": "2023-12-31"}
    program.put(BASE + SUBSCRIBER.one, SUBSCRIBER.record(**left))
    members = [MEMBER.record(member_Seq=seq, **left) for seq in ("01", "02")]
    members.append(MEMBER.record(member_Seq="03", date_Of_Death="2023-12-31", **left))
    program.put(f"{BASE}{MEMBER.made_at}-batch", members)
    body = {
        "requesting_User_ID": "bob",
        "addMembers": with_members,
        "subEnrollment": ENROLLMENT.record(),
    }
    assert data_of(program.post(ADD, body)) is None
    assert data_of(program.get(BASE + ENROLLMENT.one))["entry_User"] == "bob"
    found = data_of(program.get(BASE + MEMBER.made_at))
    ended = [member["member_Seq"] for member in found if member["disenroll_Date"]]
    assert ended == (["03"] if with_members else ["02", "03"])
    assert data_of(program.get(BASE + SUBSCRIBER.one))["disenroll_Date"] is None


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"requesting_User_ID": None}, 400, "requesting_User_ID is required."),
        ({"requesting_User_ID": "nobody"}, 400, "requesting_User_ID is not valid"),
        ({"subEnrollment": None}, 400, "must be a JSON object"),
        ({"subEnrollment": ENROLLMENT.record(subscriber_ID="S2")}, 400, "does not match the path"),
        ({"subEnrollment": ENROLLMENT.record(division_ID="Z")}, 404, "was not found"),
        ({"subEnrollment": ENROLLMENT.record(end_Date="2023-01-01")}, 400, "end_Date"),
    ],
)
def test_an_enrollment_that_cannot_be_added_changes_nothing(program, change, status, text):
    have_cover(program)
    program.put(BASE + SUBSCRIBER.one, SUBSCRIBER.record(disenroll_Date="2023-12-31"))
    body = {"requesting_User_ID": "bob", "subEnrollment": ENROLLMENT.record()} | change
    assert text in problem(program.post(ADD, body), status)
    assert data_of(program.get(BASE + SUBSCRIBER.one))["disenroll_Date"] == "2023-12-31T00:00:00Z"


def copying(**values):
    keys = {"groupID": "G1", "sourceDivisionID": "A", "destinationGroupID": "G1"}
    return {**keys, "destinationDivisionID": "B", **values}


def test_a_division_is_copied_with_the_requested_parts(program):
    have(program, *EVERY)
    program.put(BASE + CONTRACT_A.one, CONTRACT_A.record(paid_Through="2024-05-31", policy_Number="P-1"))
    all_of_it = dict.fromkeys(("copyContracts", "copyPlans", "copyPlanYears", "copyRiders"), "Y")
    assert data_of(program.post(COPY, copying(**all_of_it)))["division_ID"] == "B"
    under = "/vbasoftware/groups/G1/divisions/B"
    (contract,) = data_of(program.get(f"{under}/contracts"))
    assert (contract["policy_Number"], contract["paid_Through"]) == ("P-1", None)
    assert len(data_of(program.get(f"{under}/contracts/2024-01-01/plans"))) == 1
    assert len(data_of(program.get(f"{under}/plan-years"))) == 1
    assert problem(program.post(COPY, copying()), 409)


def test_without_flags_only_the_division_is_copied(program):
    have(program, *EVERY)
    # Plans belong to contracts.
    assert data_of(program.post(COPY, copying(copyPlans="Y", copyPlanYears="n")))["division_ID"] == "B"
    for name in ("contracts", "plan-years"):
        assert data_of(program.get(f"/vbasoftware/groups/G1/divisions/B/{name}")) == []


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"groupID": "G2"}, 400, "groupID does not match the path."),
        ({"sourceDivisionID": ""}, 400, "sourceDivisionID is required."),
        ({"destinationGroupID": "G9"}, 404, "Group 'G9' was not found."),
        ({"copyPlans": "maybe"}, 400, "copyPlans must be Y or N."),
    ],
)
def test_a_copy_that_cannot_be_made_says_why(program, change, status, text):
    have_cover(program)
    assert text in problem(program.post(COPY, copying(**change)), status)


@pytest.mark.parametrize(("name", "keys"), [("disenroll", [1, 2, 3]), ("reenroll", [1, 2, 3, 4])])
def test_the_choices_of_families_are_listed(program, name, keys):
    options = data_of(program.get(f"/vbasoftware/{name}-family-options"))
    assert [option["option_Key"] for option in options] == keys
    assert all(option["display"] and option["description"].endswith(".") for option in options)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("preview=true", "There is no query parameter 'preview'. This operation has none."),
        ("x", "There is no query parameter 'x'. This operation has none."),
    ],
)
def test_operations_without_a_preview_refuse_one(program, query, text):
    have_cover(program)
    body = {"requesting_User_ID": "bob", "subEnrollment": ENROLLMENT.record()}
    for path, sent in ((COPY, copying()), (ADD, body)):
        assert problem(program.call("POST", f"{path}?{query}", sent, QUERY_STRING=query), 400) == text
    assert problem(program.get(BASE + ENROLLMENT.one), 404)
    assert problem(program.get("/vbasoftware/groups/G1/divisions/B"), 404)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"copyPlanYear": "Y"}, "There is no property 'copyPlanYear'. Did you mean copyPlanYears?"),
        ({"preview": True}, "There is no property 'preview'."),
        ({"copyplans": "Y", "copyPlans": "N"}, "copyPlans is given more than once."),
    ],
)
def test_a_copy_with_unknown_names_is_refused(program, change, text):
    have_cover(program)
    assert problem(program.post(COPY, copying(**change)), 400) == text
    assert problem(program.get("/vbasoftware/groups/G1/divisions/B"), 404)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"addMember": True}, "There is no property 'addMember'. Did you mean addMembers?"),
        (
            {"subEnrollment": ENROLLMENT.record(endDate="2024-12-31")},
            "There is no property 'endDate' in subEnrollment. Did you mean end_Date?",
        ),
        ({"SubEnrollment": {}}, "SubEnrollment is given more than once."),
    ],
)
def test_an_enrollment_with_unknown_names_is_refused(program, change, text):
    have_cover(program)
    body = {"requesting_User_ID": "bob", "subEnrollment": ENROLLMENT.record()} | change
    assert problem(program.post(ADD, body), 400) == text
    assert problem(program.get(BASE + ENROLLMENT.one), 404)


@pytest.mark.parametrize(
    ("path", "query", "likely"),
    [
        ("subscribers-generate-id", "groupsId=G1", "Did you mean groupId?"),
        ("active-subscribers", "groupIds=G1", "Did you mean groupId?"),
        (
            "active-subscribers",
            "groupId=G1&state=OH",
            "This operation takes groupId, divisionId, page, pageSize, sortBy.",
        ),
        ("groups/G1/enrollment-summary", "asOf=2024-01-01", "Did you mean asOfDate?"),
        ("groups/G1/divisions/A/enrollment-summary", "as_of_date=2024-01-01", "Did you mean asOfDate?"),
        ("disenroll-family-options", "page=1", "This operation takes none."),
        ("reenroll-family-options", "page=1", "This operation takes none."),
    ],
)
def test_names_of_other_operations_are_not_suggested(program, path, query, likely):
    have_cover(program)
    name = query.rpartition("&")[2].partition("=")[0]
    answer = program.call("GET", f"/vbasoftware/{path}?{query}", QUERY_STRING=query)
    assert problem(answer, 400) == f"{name}: there is no such parameter. {likely}"
    if not likely.startswith("Did you mean"):
        return
    known = likely.removeprefix("Did you mean ").rstrip("?")
    twice = f"{known}=&{known.upper()}="
    answer = program.call("GET", f"/vbasoftware/{path}?{twice}", QUERY_STRING=twice)
    assert problem(answer, 400) == f"{known}: send this parameter once."


def test_an_impossible_group_has_no_active_subscribers(program):
    have_cover(program)
    have(program, ENROLLMENT)
    assert len(active(program, groupId="G1")[0]) == 1
    for name in ("groupId", "divisionId"):
        assert active(program, **{name: "\0"})[0] == []


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [("CopyGroupDivision", COPY, copying()), ("AddEnrollmentRequest", ADD, {"requesting_User_ID": "bob"})],
)
def test_every_property_of_the_contract_is_known(program, name, path, body):
    have_cover(program)
    body = {each["name"]: None for each in BODIES[name]} | body
    if path == ADD:
        stamps = dict.fromkeys(each["name"] for each in CONTRACT["SubEnrollment"]["fields"])
        body["subEnrollment"] = stamps | ENROLLMENT.record()
        del body["addMembers"]
    assert program.post(path, body).status_code == 200
