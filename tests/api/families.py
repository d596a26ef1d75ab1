"""A made-up family and its parent records, in the published form: each with its address and its key."""

from dataclasses import dataclass, field
from typing import Any

from tests.api.published import CONTRACT

BASE = "/vbasoftware"
DAYS = ("2024-01-01", "2024-01-01T00:00:00Z")


@dataclass(frozen=True)
class Kept:
    """One table: where its records are made, where one is, and its key and further columns."""

    table: str
    made_at: str
    one: str
    key: dict[str, Any]
    more: dict[str, Any] = field(default_factory=dict)
    batch: str | None = None
    lists: bool = True
    batches: bool = True

    @property
    def batch_at(self) -> str:
        return self.batch or f"{self.made_at}-batch"

    def record(self, **values: Any) -> dict[str, Any]:
        """Return the record of the key with the required columns, and ``values``."""
        fields = CONTRACT[self.table]["fields"]
        least = {"boolean": False, "int32": 1, "number": 1, "string": "N", "date-time": "2024-06-30"}
        required = {each["name"]: least[each["type"]] for each in fields if each["required"]}
        return {**required, **self.key, **self.more, **values}


DIVISION = {"group_ID": "G1", "division_ID": "A"}
COVER = {**DIVISION, "group_Coverage_Start": "2024-01-01"}
_CONTRACTS = "/groups/G1/divisions/A/contracts"
_ENROLLMENT = "/subscribers/S1/enrollments/G1/A/2024-01-01/2024-01-01"
_MEMBER_PLANS = "/subscribers/S1/members/01/groups/G1/divisions/A/enrollments"
_PROCESS = "/vbaprocesses/7/types/EXPORT"

GROUP = Kept("Groups", "/groups", "/groups/G1", {"group_ID": "G1"}, {"name": "Acme"})
DIVISION_A = Kept("GroupDivision", "/groups/G1/divisions", "/groups/G1/divisions/A", DIVISION)
PLAN_YEAR = Kept(
    "GroupPlanYear",
    "/groups/G1/divisions/A/plan-years",
    "/groups/G1/divisions/A/plan-years/2024",
    {**DIVISION, "plan_Year": "2024"},
)
CONTRACT_A = Kept(
    "GroupContract", _CONTRACTS, f"{_CONTRACTS}/2024-01-01", {**DIVISION, "coverage_Start": "2024-01-01"}
)
CONTRACT_PLAN = Kept(
    "GroupContractPlan",
    f"{_CONTRACTS}/2024-01-01/plans",
    f"{_CONTRACTS}/2024-01-01/plans/MED",
    {**DIVISION, "coverage_Start": "2024-01-01", "plan_ID": "MED"},
)
SUBSCRIBER = Kept(
    "Subscribers", "/subscribers", "/subscribers/S1", {"subscriber_ID": "S1"}, {"last_Name": "Rivera"}
)
MEMBER = Kept(
    "Members",
    "/subscribers/S1/members",
    "/subscribers/S1/members/01",
    {"subscriber_ID": "S1", "member_Seq": "01"},
    {"birth_Date": "1990-02-03", "ssn": "900-12-3456"},
)
ENROLLMENT = Kept(
    "SubEnrollment",
    "/subscribers/S1/enrollments",
    _ENROLLMENT,
    {"subscriber_ID": "S1", **COVER, "start_Date": "2024-01-01"},
)
ENROLLMENT_PLAN = Kept(
    "SubEnrollmentPlan",
    f"{_ENROLLMENT}/plans",
    f"{_ENROLLMENT}/plans/MED/2024-01-01",
    {**ENROLLMENT.key, "plan_ID": "MED", "plan_Start": "2024-01-01"},
)
MEMBER_PLAN = Kept(
    "MemEnrollmentPlan",
    _MEMBER_PLANS,
    f"{_MEMBER_PLANS}/2024-01-01/2024-01-01/plans/MED/2024-01-01",
    {
        **MEMBER.key,
        **COVER,
        "sub_Start_Date": "2024-01-01",
        "plan_ID": "MED",
        "plan_Start": "2024-01-01",
    },
)
REASON = Kept("Reasons", "/reasons", "/reasons/2", {"reason_ID": 2}, {"cobrA_Length": 18})
AUTH = Kept("Auth", "/auths", "/auths/AU1", {"auth_Number": "AU1"}, batch="/auths", lists=False)
LOG_LINE = Kept(
    "DisenrollLog",
    "/disenroll-logs",
    "/disenroll-logs/5",
    {"disenrollLog_Key": 5},
    {"subscriber_ID": "S1", "member_Seq": "01"},
)
PROCESS = Kept(
    "VBAProcess",
    "/vbaprocesses",
    _PROCESS,
    {"vbaProcess_Key": 7, "vbaProcess_Type": "EXPORT"},
    {"process_Start": "2024-05-06T07:08:09.123Z"},
    lists=False,
    batches=False,
)
PROCESS_LOG = Kept(
    "VBAProcessLog", f"{_PROCESS}/logs", f"{_PROCESS}/logs/3", {**PROCESS.key, "vbaProcessLog_Key": 3}
)
PARAMETER = Kept(
    "VBAProcessParameter",
    f"{_PROCESS}/parameters",
    f"{_PROCESS}/parameters/4",
    {**PROCESS.key, "vbaProcessParameter_Key": 4},
    lists=False,
)
# Parents before their children.
EVERY = [
    GROUP,
    DIVISION_A,
    PLAN_YEAR,
    CONTRACT_A,
    CONTRACT_PLAN,
    SUBSCRIBER,
    MEMBER,
    ENROLLMENT,
    ENROLLMENT_PLAN,
    MEMBER_PLAN,
    REASON,
    AUTH,
    LOG_LINE,
    PROCESS,
    PROCESS_LOG,
    PARAMETER,
]


def have(program: Any, *kept: Kept) -> None:
    """Store the records of these tables."""
    for each in kept:
        response = program.post(BASE + each.made_at, each.record())
        assert response.status_code == 200, response.content


def have_cover(program: Any) -> None:
    """Store the family, and the division's contract."""
    have(program, GROUP, DIVISION_A, CONTRACT_A, SUBSCRIBER, MEMBER)
