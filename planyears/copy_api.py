"""The REST operation that copies a division."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import IntegrityError
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from planyears.copying import copy_division
from planyears.models import GroupPlanYear
from tables.rest.api import as_exception
from tables.rest.envelope import Conflict, raw_json
from tables.rest.openapi.operations import describe, table_ref
from tables.rest.openapi.schemas import object_schema, value_schema
from tables.rest.reading import row_as_json
from tables.rest.request_names import object_of, query_of, unknown_properties
from tables.schema import problems
from tables.schema.column import Kind
from tables.schema.columns import by_any_name
from tables.schema.models import Table
from tables.schema.problems import Problem
from tables.write.records import check_value, parse_json

_KEYS = {
    "groupID": "group_id",
    "sourceDivisionID": "division_id",
    "destinationGroupID": "group_id",
    "destinationDivisionID": "division_id",
}
_TABLES = {"copyContracts": GroupContract, "copyPlans": GroupContractPlan, "copyPlanYears": GroupPlanYear}
# vbaadmin has no tables for what these would copy.
_IGNORED = (
    "copyRiders",
    "copyAdditional",
    "copyClassOptions",
    "copyCommissions",
    "copyDisabilityOptions",
    "copyNetworksTiers",
    "copyPremiums",
    "copySelfAdmin",
    "copyStudentAge",
    "copyVolumeDetails",
    "copyIDCodes",
)
_FLAG = value_schema(Kind.TEXT, "Y or N. By default, N.", nullable=True)
_NO_TABLE = value_schema(Kind.TEXT, "Ignored. vbaadmin does not store this.", nullable=True)


class CopyDivision(APIView):
    """POST /groups/{groupID}/divisions/{divisionID}/copy."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "POST": (
            "groups.add_groupdivision",
            "groups.add_groupcontract",
            "groups.add_groupcontractplan",
            "planyears.add_groupplanyear",
        )
    }

    @describe(
        id="copyGroupDivision",
        tag="Divisions",
        summary="Copy a division",
        description="Copies a division to a new key, with its contracts, plans and plan years if requested.",
        body=object_schema(
            {
                **{name: value_schema(Kind.TEXT, max_length=20) | {"minLength": 1} for name in _KEYS},
                **dict.fromkeys(_TABLES, _FLAG),
                **dict.fromkeys(_IGNORED, _NO_TABLE),
            },
            required=list(_KEYS),
            closed=True,
        ),
        data=table_ref(GroupDivision),
        errors=(404, 409),
    )
    def post(self, request: Request, group_id: str, division_id: str) -> Response:
        """Copy the division and return the new one."""
        query_of(request)
        keys, tables, wrong = _read(object_of(request))
        for name, value in (("groupID", group_id), ("sourceDivisionID", division_id)):
            if keys[name] is not None and keys[name] != value:
                wrong.append(Problem(name, f"{name} does not match the path."))
        if wrong:
            raise as_exception(wrong)
        source = GroupDivision.objects.filter(group_id=group_id, division_id=division_id).first()
        if source is None:
            raise NotFound(
                problems.not_found(GroupDivision, {"group_id": group_id, "division_id": division_id})
            )
        key = {"group_id": keys["destinationGroupID"], "division_id": keys["destinationDivisionID"]}
        if not Group.objects.filter(group_id=key["group_id"]).exists():
            raise NotFound(problems.not_found(Group, key))
        try:
            copy_division(source, key["group_id"], key["division_id"], tables)
        except IntegrityError:
            raise Conflict(problems.already_exists(GroupDivision, key)) from None
        row = row_as_json(GroupDivision, key)
        assert row is not None  # noqa: S101 - it was stored just now
        return Response(raw_json(row))


def _read(given: Mapping[str, object]) -> tuple[dict[str, Any], list[type[Table]], list[Problem]]:
    """Return the keys, the tables to copy, and the problems of the body."""
    folded = {name.lower(): value for name, value in given.items()}
    columns = by_any_name(GroupDivision)
    keys: dict[str, Any] = {}
    wrong = unknown_properties(given, [*_KEYS, *_TABLES, *_IGNORED])
    for name, column in _KEYS.items():
        keys[name], problem = check_value(columns[column], folded.get(name.lower()), parse_json)
        if problem:
            wrong.append(Problem(name, problem.text.replace(columns[column].api, name)))
    tables = []
    for name, table in _TABLES.items():
        flag = folded.get(name.lower())
        if flag in ("Y", "y"):
            tables.append(table)
        elif flag not in (None, "", "N", "n"):
            wrong.append(Problem(name, f"{name} must be Y or N."))
    return keys, tables, wrong
