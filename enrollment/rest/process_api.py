"""REST: disenroll and reenroll of a group, and the enrollment summaries."""

import datetime
from collections.abc import Mapping
from dataclasses import asdict
from typing import ClassVar

from rest_framework.exceptions import APIException, NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.engine.outcome import Counts, ProcessOutcome
from enrollment.engine.summary import Summary, summarize_contracts, summarize_group
from enrollment.process_requests import fields, process_request
from enrollment.process_requests.refusals import Refused
from enrollment.rest import schemas
from groups.models import Group, GroupDivision
from processes.models import VBAProcess
from tables.context.days import business_date
from tables.rest.envelope import raw_json
from tables.rest.openapi.operations import describe
from tables.rest.openapi.parameters import query_parameter
from tables.rest.openapi.schemas import value_schema
from tables.rest.reading import row_as_json
from tables.rest.request_names import flag_of, object_of, query_of
from tables.schema import problems
from tables.schema.column import Kind
from tables.write.records import WrongValue, parse_day

_TAG = "Disenroll and reenroll"
_PREVIEW = query_parameter(
    "preview", value_schema(Kind.FLAG), "True: return what the process would do, and write nothing."
)
_AS_OF = query_parameter("asOfDate", value_schema(Kind.DAY), "The business date. Default: today.")


class _ProcessView(APIView):
    """POST starts a process, or with ``?preview=true`` previews it."""

    kind: ClassVar[process_request.ProcessKind]
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"POST": (process_request.RIGHT,)}

    def _post(self, request: Request, group_id: str) -> Response:
        try:
            preview = flag_of(query_of(request, "preview"), "preview")
            asked = process_request.read_request(self.kind, group_id, object_of(request))
            if preview:
                return Response(preview_json(asked.preview()))
            process = asked.start()
        except Refused as refused:
            error = APIException(str(refused))
            error.status_code = refused.status
            raise error from None
        key = {name: getattr(process, name) for name in VBAProcess.key}
        row = row_as_json(VBAProcess, key)
        assert row is not None  # noqa: S101 - it was stored just now
        return Response(raw_json(row))


class DisenrollGroup(_ProcessView):
    """POST /groups/{groupID}/disenroll."""

    kind = process_request.DISENROLL

    @describe(
        id="disenrollGroup",
        tag=_TAG,
        summary="Disenroll a group",
        description="Queues or previews the process that ends the coverage of a group or a division.",
        body=schemas.body_schema(fields.DISENROLL),
        data=schemas.STARTED,
        errors=(404, 409),
        parameters=(_PREVIEW,),
    )
    def post(self, request: Request, group_id: str) -> Response:
        """Return the queued process, or the preview."""
        return self._post(request, group_id)


class ReenrollGroup(_ProcessView):
    """POST /groups/{groupID}/reenroll."""

    kind = process_request.REENROLL

    @describe(
        id="reenrollGroup",
        tag=_TAG,
        summary="Reenroll a group",
        description=(
            "Queues or previews the process that brings ended coverage back: as it was, as new coverage from"
            " a date, or under COBRA."
        ),
        body=schemas.body_schema(fields.REENROLL),
        data=schemas.STARTED,
        errors=(404, 409),
        parameters=(_PREVIEW,),
    )
    def post(self, request: Request, group_id: str) -> Response:
        """Return the queued process, or the preview."""
        return self._post(request, group_id)


class GroupSummary(APIView):
    """GET /groups/{groupID}/enrollment-summary, as of ``?asOfDate=`` (today)."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "GET": ("groups.view_group", "enrollment.view_subenrollment")
    }

    @describe(
        id="summarizeGroup",
        tag=_TAG,
        summary="Enrollment summary of a group",
        description="How many subscribers and members the group covers on the date, and has ever covered.",
        data=schemas.GROUP_SUMMARY,
        errors=(404,),
        parameters=(_AS_OF,),
    )
    def get(self, request: Request, group_id: str) -> Response:
        """Return how many people the group covers."""
        today = _as_of(request)
        if not Group.objects.filter(group_id=group_id).exists():
            raise NotFound(problems.not_found(Group, {"group_id": group_id}))
        return Response(summary_json(summarize_group(group_id, today)))


class DivisionSummary(APIView):
    """GET /groups/{groupID}/divisions/{divisionID}/enrollment-summary, as of ``?asOfDate=`` (today)."""

    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "GET": ("groups.view_groupdivision", "enrollment.view_subenrollment")
    }

    @describe(
        id="summarizeDivision",
        tag=_TAG,
        summary="Enrollment summary of a division",
        description="The counts of each contract. A person may count in several: do not add up the counts.",
        data=schemas.DIVISION_SUMMARY,
        errors=(404,),
        parameters=(_AS_OF,),
    )
    def get(self, request: Request, group_id: str, division_id: str) -> Response:
        """Return how many people each contract of the division covers."""
        today = _as_of(request)
        key = {"group_id": group_id, "division_id": division_id}
        if not GroupDivision.objects.filter(**key).exists():
            raise NotFound(problems.not_found(GroupDivision, key))
        return Response(
            [
                {
                    "group_ID": group_id,
                    "division_ID": division_id,
                    "coverage_Start": _moment(contract.coverage_start),
                    "coverage_End": _moment(contract.coverage_end),
                    **summary_json(contract.people),
                }
                for contract in summarize_contracts(group_id, today, division_id=division_id)
            ]
        )


def summary_json(summary: Summary) -> dict[str, int]:
    """Return a summary as the API sends it."""
    return {
        "totalSubscribers": summary.subscribers,
        "totalMembers": summary.members,
        "totalSubscribersCurrent": summary.subscribers_current,
        "totalMembersCurrent": summary.members_current,
    }


def preview_json(outcome: ProcessOutcome) -> dict[str, object]:
    """Return what a process would do: totals, divisions, warnings, and a sample of families."""
    return {
        "totals": counts_json(outcome.totals),
        "divisions": [
            {"division_ID": division, **counts_json(counts)} for division, counts in outcome.divisions.items()
        ],
        "warnings": [
            {
                "text": warning.text,
                "count": warning.count,
                "families": [
                    {
                        "subscriber_ID": family.subscriber_id,
                        "member_Seq": family.member_seq,
                        "division_ID": family.division_id,
                        "start_Date": _moment(family.start_date),
                    }
                    for family in warning.families
                ],
            }
            for warning in outcome.warnings
        ],
        "sample": [
            {
                "subscriber_ID": span.subscriber_id,
                "division_ID": span.division_id,
                "start_Date": _moment(span.start_date),
                "end_Date_Before": _moment(span.end_before),
                "end_Date_After": _moment(span.end_after),
                "members": span.members,
            }
            for span in outcome.sample
        ],
    }


def counts_json(counts: Counts) -> dict[str, int]:
    """Return counts under their camel-case names."""
    named = asdict(counts)
    named["memberPlans"], named["logRows"] = named.pop("member_plans"), named.pop("log_rows")
    return named


def _moment(day: datetime.date | None) -> str | None:
    return f"{day.isoformat()}T00:00:00Z" if day else None


def _as_of(request: Request) -> datetime.date:
    text = query_of(request, "asOfDate").get("asOfDate")
    try:
        return parse_day(text) if text else business_date()
    except WrongValue:
        raise ParseError(f"asOfDate must be {problems.A_DAY}.") from None
