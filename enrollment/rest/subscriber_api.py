"""REST: new subscriber IDs, active subscribers, adding an enrollment, and the family options."""

import datetime
from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import connections
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.roles import may
from enrollment.engine.parameters import DisenrollFamily, ReenrollFamily
from enrollment.models import SubEnrollment
from enrollment.process_requests import fields
from enrollment.process_requests.options import DISENROLL_FAMILY, REENROLL_FAMILY
from enrollment.rest.adding import add_enrollment
from enrollment.sql import people as sql
from groups.models import Group
from members.generating import NoNumberLeft, generate_subscriber_id
from tables.context import databases
from tables.context.days import business_date
from tables.rest.api import DEFAULT_PAGE_SIZE, as_exception, pagination, parameter, positive
from tables.rest.envelope import Conflict
from tables.rest.openapi.operations import describe, table_ref
from tables.rest.openapi.parameters import query_parameter
from tables.rest.openapi.schemas import Json, object_schema, value_schema
from tables.rest.reading import Page, count_kept
from tables.rest.request_names import object_of, query_of, unknown_properties
from tables.schema import problems
from tables.schema.column import Kind
from tables.schema.columns import columns
from tables.schema.problems import characters
from tables.write.json_reading import JsonReader

_TAG = "Subscribers"
_TEXT = value_schema(Kind.TEXT, nullable=True)
_DAY = value_schema(Kind.DAY, nullable=True)
_DAYS = ("birthDate", "startDate", "endDate")
_PAGE: Json = {"type": "integer", "minimum": 1}


class GenerateSubscriberId(APIView):
    """GET /subscribers-generate-id, with ``?groupId=`` in that group's format."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"GET": ("members.add_subscriber",)}

    @describe(
        id="generateSubscriberId",
        tag=_TAG,
        summary="An ID for a new subscriber",
        description="An unused subscriber_ID. With groupId, it has the group's prefix and suffix.",
        data=value_schema(Kind.TEXT),
        errors=(409,),
        parameters=(
            query_parameter("groupId", value_schema(Kind.TEXT), "The group that the subscriber is in."),
        ),
    )
    def get(self, request: Request) -> Response:
        """Return a new subscriber ID."""
        group_id = query_of(request, "groupId").get("groupId", "")
        group = Group.objects.filter(group_id=group_id).first() if group_id and "\0" not in group_id else None
        if group_id and group is None:
            raise ParseError(f"groupId: {problems.not_found(Group, {'group_id': group_id})}")
        try:
            return Response(generate_subscriber_id(group))
        except NoNumberLeft as error:
            raise Conflict(str(error)) from None


class ActiveSubscribers(APIView):
    """GET /active-subscribers, of a group or division."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "GET": ("members.view_subscriber", "members.view_member", "enrollment.view_subenrollment")
    }

    @describe(
        id="listActiveSubscribers",
        tag=_TAG,
        summary="Active subscribers",
        description="Who is enrolled today: a row for each enrollment and plan, with the insured's name.",
        data={
            "type": "array",
            "items": object_schema({name: _DAY if name in _DAYS else _TEXT for name in sql.ACTIVE_COLUMNS}),
        },
        parameters=(
            query_parameter("groupId", value_schema(Kind.TEXT), "Only this group."),
            query_parameter("divisionId", value_schema(Kind.TEXT), "Only this division."),
            query_parameter("page", _PAGE, "Page number, from 1."),
            query_parameter("pageSize", _PAGE, "Rows per page."),
            query_parameter(
                "sortBy", value_schema(Kind.TEXT), "The order, as in lists: lastName:asc,startDate:desc."
            ),
        ),
    )
    def get(self, request: Request) -> Response:
        """Return one page, with X-Pagination."""
        size = positive(request, "pageSize", DEFAULT_PAGE_SIZE, settings.API_MAX_PAGE_SIZE)
        number = positive(request, "page", 1, 2**31 - 1)
        group, division = (characters(parameter(request, name)) for name in ("groupId", "divisionId"))
        within = {"group": bool(group), "division": bool(division)}
        params: dict[str, datetime.date | str] = {
            "day": business_date(),
            "group": group,
            "division": division,
        }
        with connections[databases.chosen()].cursor() as cursor:
            start = {"size": size, "start": (number - 1) * size}
            cursor.execute(sql.select_active(_order(request), **within), {**params, **start})
            rows = [dict(zip(sql.ACTIVE_COLUMNS, map(_shown, row), strict=True)) for row in cursor.fetchall()]
            total = count_kept(cursor, sql.count_active(**within), params)
        response = Response(rows)
        response["X-Pagination"] = pagination(Page([], number, size, total))
        return response


def _order(request: Request) -> str:
    """Return the order of sortBy as SQL. Rows that are equal in it come by key."""
    known = {name.lower(): column for name, column in sql.ACTIVE_COLUMNS.items()}
    order = []
    for part in filter(None, (part.strip() for part in parameter(request, "sortBy").split(","))):
        name, _, direction = part.partition(":")
        if name.strip().lower() not in known:
            raise ParseError(f"sortBy: there is no column '{name.strip()}'.")
        if (direction := direction.strip().lower() or "asc") not in ("asc", "desc"):
            raise ParseError(f"sortBy: '{direction}' is not a direction. Use asc or desc.")
        order.append(f"{known[name.strip().lower()]} {direction} NULLS LAST")
    return ", ".join([*order, "e.subscriber_id, e.group_id, e.division_id, e.start_date, p.plan_id"])


def _shown(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else f"{value}T00:00:00Z"


_ADD = (
    fields.BodyField(
        "requesting_User_ID", Kind.TEXT, "The active user in whose name the enrollment is added.", True, 20
    ),
    fields.BodyField("addMembers", Kind.FLAG, "Bring back all members who have left, not only the insured."),
)
_NESTED = "subEnrollment"


class AddEnrollment(APIView):
    """POST /subscribers/{subscriberID}/add-enrollment."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "POST": ("enrollment.add_subenrollment", "members.change_member", "members.change_subscriber")
    }

    @describe(
        id="addEnrollment",
        tag=_TAG,
        summary="Add an enrollment",
        description="Adds the enrollment, and brings back the insured, or all members, if they have left.",
        body=object_schema(
            {
                **{field.name: value_schema(field.kind, field.help_text) for field in _ADD},
                _NESTED: table_ref(SubEnrollment),
            },
            required=["requesting_User_ID", _NESTED],
            closed=True,
        ),
        errors=(404, 409),
    )
    def post(self, request: Request, subscriber_id: str) -> Response:
        """Add it and answer without data."""
        query_of(request)
        given = object_of(request)
        body = fields.read(_ADD, given, more=[_NESTED])
        wrong = list(body.problems)
        user = body["requesting_User_ID"]
        if user and not may(user, "enrollment.add_subenrollment", databases.chosen()):
            wrong.append(fields.not_valid("requesting_User_ID", user))
        nested = next((value for name, value in given.items() if name.lower() == _NESTED.lower()), None)
        if isinstance(nested, dict):
            known = [column.api for column in columns(SubEnrollment)]
            wrong += unknown_properties(nested, known, inside=_NESTED)
        read = JsonReader(SubEnrollment, {"subscriber_id": subscriber_id}).read_plain(nested)
        values = [values for _, values in read.accepted]
        wrong += read.refused.get(0, [])
        if not wrong:
            wrong += add_enrollment(values[0], user=user, with_members=bool(body["addMembers"]))
        if wrong:
            raise as_exception(wrong)
        return Response(None)


class FamilyOptions(APIView):
    """GET /disenroll-family-options and /reenroll-family-options."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"GET": ("enrollment.view_subenrollment",)}
    choices: ClassVar[Mapping[DisenrollFamily, tuple[str, str]] | Mapping[ReenrollFamily, tuple[str, str]]]

    def _list(self) -> Response:
        return Response(
            [
                {"option_Key": int(key), "display": display, "description": description}
                for key, (display, description) in self.choices.items()
            ]
        )


_OPTIONS: Json = {
    "type": "array",
    "items": object_schema(
        {"option_Key": value_schema(Kind.INTEGER), "display": _TEXT, "description": _TEXT}
    ),
}


class DisenrollFamilyOptions(FamilyOptions):
    """GET /disenroll-family-options."""

    choices = DISENROLL_FAMILY

    @describe(id="listDisenrollFamilyOptions", tag=_TAG, summary="Choices of disenrollFamily", data=_OPTIONS)
    def get(self, request: Request) -> Response:
        """Return the choices of whose coverage ends."""
        return self._list()


class ReenrollFamilyOptions(FamilyOptions):
    """GET /reenroll-family-options."""

    choices = REENROLL_FAMILY

    @describe(id="listReenrollFamilyOptions", tag=_TAG, summary="Choices of reenrollFamily", data=_OPTIONS)
    def get(self, request: Request) -> Response:
        """Return the choices of whose coverage comes back."""
        return self._list()
