"""The table of operations in docs/api.md: each operation of the contract is called, signed in, and works."""

import re
from pathlib import Path

import pytest

from tests.api.doors import basic, problem
from tests.api.families import BASE, DAYS, ENROLLMENT, EVERY
from tests.api.published import CONTRACT_OPERATIONS
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(databases="__all__")
PAGE = Path(__file__).parents[2] / "docs" / "api.md"
PATHS = {
    "groupID": "G1",
    "divisionID": "A",
    "planYear": "2024",
    "planID": "MED",
    "subscriberID": "S1",
    "memberSeq": "01",
    "reasonID": "2",
    "authNumber": "AU1",
    "DisenrollLog_Key": "5",
    "vBAProcessKey": "7",
    "vBAProcessType": "EXPORT",
    "vBAProcessLogKey": "3",
    "vBAProcessParameterKey": "4",
}
RUN = {"user_ID": "bob", "group_ID": "G1", "disenroll_Date": "2024-06-30"}
BODIES = {
    "/groups/{groupID}/divisions/{divisionID}/copy": {
        "groupID": "G1",
        "sourceDivisionID": "A",
        "destinationGroupID": "G1",
        "destinationDivisionID": "B",
    },
    "/subscribers/{subscriberID}/add-enrollment": {
        "requesting_User_ID": "bob",
        "addMembers": True,
        "subEnrollment": ENROLLMENT.record(start_Date="2023-01-01", end_Date="2023-12-31"),
    },
    "/groups/{groupID}/disenroll": {
        **RUN,
        "reason_ID": 2,
        "disenrollFamily": 1,
        "terminateAuth": False,
        "disenrollFuture": 2,
        "groupDisenroll": True,
    },
    "/groups/{groupID}/reenroll": {**RUN, "groupReenroll": True},
}
ORDER = ["POST", "GET", "PUT", "other", "process", "DELETE"]


def turn(operation):
    """Return the order of an operation: creating comes first, deleting last."""
    method, path, body = operation["method"], operation["path"], operation["body"]
    if path in ("/groups/{groupID}/disenroll", "/groups/{groupID}/reenroll"):
        return ORDER.index("process"), path
    if method == "POST" and path in BODIES:
        return ORDER.index("other"), path
    tables = [kept.table for kept in EVERY]
    if method == "POST":
        return 0, tables.index(body)
    if method == "DELETE":
        filled = BASE + fill(path)
        return ORDER.index("DELETE"), -[BASE + kept.one for kept in EVERY].index(filled)
    return ORDER.index(method), path


def fill(path):
    return re.sub(r"{(\w+)}", lambda name: PATHS.get(name[1], DAYS[0]), path)


def body_of(operation):
    if operation["path"] in BODIES:
        return BODIES[operation["path"]]
    table = re.sub(r"Array<(\w+)>", r"\1", operation["body"] or "")
    found = [kept.record() for kept in EVERY if kept.table == table]
    if not found:
        return None
    return found if operation["body"].startswith("Array") else found[0]


def works(program, operation):
    """Call an operation and tell whether it answers as published."""
    response = program.call(operation["method"], BASE + fill(operation["path"]), body_of(operation))
    if operation["path"].endswith("enroll") and response.status_code == 200:
        # A group has at most one unfinished process. No worker runs here.
        process = response.json()["data"]
        one = f"{BASE}/vbaprocesses/{process['vbaProcess_Key']}/types/{process['vbaProcess_Type']}"
        program.put(one, {**process, "process_Result": "CANCELLED"})
    return response.status_code == operation["success"]


def cleared(program):
    """Delete what the other operations have created."""
    program.delete(f"{BASE}/groups/G1/divisions/B")
    program.delete(f"{BASE}{ENROLLMENT.made_at}/G1/A/2024-01-01/2023-01-01")


def test_the_table_of_operations_is_true(program, demo_key):
    outcomes = {}
    signing = ("/user-authentication", "/user-refresh-tokens", "/logout")
    called = [each for each in CONTRACT_OPERATIONS if each["path"] not in signing]
    for operation in sorted(called, key=turn):
        if operation["method"] == "DELETE":
            cleared(program)
        outcomes[operation["method"], operation["path"]] = works(program, operation)
    tokens = program.call(
        "POST", f"{BASE}/user-authentication", headers={"authorization": basic("bob", PASSWORD)}
    )
    outcomes["POST", "/user-authentication"] = tokens.status_code == 200
    given = tokens.json()["data"]["authenticationResult"]
    headers = {"expired-id-token": given["idToken"], "refresh-token": given["refreshToken"]}
    refreshed = program.call("POST", f"{BASE}/user-refresh-tokens", headers=headers)
    outcomes["POST", "/user-refresh-tokens"] = refreshed.status_code == 200
    outcomes["POST", "/logout"] = program.call("POST", f"{BASE}/logout").status_code == 200
    assert problem(program.get(f"{BASE}/groups"), 401)
    rows = [
        f"| `{each['method']} {each['path']}` | {'yes' if outcomes[each['method'], each['path']] else 'no'} |"
        for each in CONTRACT_OPERATIONS
    ]
    table = "\n".join(["| operation | works |", "| --- | --- |", *rows])
    assert table in PAGE.read_text(), f"docs/api.md should have:\n{table}"
    assert not [row for row in rows if row.endswith("no |")]
