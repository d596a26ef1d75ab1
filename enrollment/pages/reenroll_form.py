"""The admin's form for a reenrollment: undo a disenrollment, start new coverage, or continue under COBRA."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from unfold.widgets import UnfoldAdminRadioSelectWidget

from enrollment.pages.forms import ProcessForm, choice_field, day_field, switch_field, text_field
from enrollment.process_requests.ended_days import NEVER, NOT_OURS, ended_days
from enrollment.process_requests.fields import plans_of
from groups.models import GroupContract, GroupContractPlan

_MODES = [
    ("undo", "Undo (restores everything as it was before)"),
    ("new", "Reinstate from a new date (leaves a gap)"),
    ("cobra", "COBRA (coverage continues in a COBRA division, for as long as the reason allows)"),
]
_FAMILY = [
    ("1", "Subscriber and family"),
    ("2", "Subscriber only"),
    ("3", "Dependents only (their enrollment must be active, except for COBRA)"),
    ("4", "Only the members listed below (of one family)"),
]


_COBRA_FIELDS = (
    *("cobraDivision", "cobraCovStart", "cobraPlanCriterias"),
    *("cobraReason", "cobraStart", "cobraEnd"),
)


class ReenrollForm(ProcessForm):
    """Restore coverage that a disenrollment has ended."""

    disenroll_Date = choice_field("Disenrollment to reverse", [], "Choose its last day of coverage.")
    mode = choice_field(
        "How to restore coverage",
        _MODES,
        widget=UnfoldAdminRadioSelectWidget,
        initial="undo",
    )
    division_ID = choice_field("Apply to", [], "The whole group, or one of its divisions.", required=False)
    subscriber_ID = text_field("Subscriber ID", "Limits this to one family. Leave empty for everyone.")
    reenrollFamily = choice_field(
        "Whose coverage to restore",
        _FAMILY,
        widget=UnfoldAdminRadioSelectWidget,
        initial="1",
    )
    memberSeqCriterias = text_field("Members", "Member numbers separated by commas, such as 01, 03.")
    resetGroupDisenroll = switch_field(
        "Clear the termination dates", "Those of the group and of the divisions chosen above.", initial=True
    )
    resetAuth = switch_field(
        "Restore authorizations", "Authorizations that the disenrollment ended or canceled."
    )
    reenrollAll = switch_field(
        "Also restore coverage ended individually that day",
        "Coverage that someone ended for one family or member at a time, on the same day.",
    )
    start_Date = day_field(
        "New coverage start", "The first day of the new coverage. It must be after the last day of coverage."
    )
    cobraDivision = choice_field(
        "COBRA division", [], "The division that the coverage continues in.", required=False
    )
    cobraCovStart = choice_field(
        "COBRA contract",
        [],
        "Choose the contract by its first day. By default, the one in effect on the COBRA start.",
        required=False,
    )
    cobraPlanCriterias = text_field("Plans to continue", "Leave empty for all plans held.")
    cobraReason = choice_field(
        "COBRA reason",
        [],
        "Determines how long COBRA lasts. By default, the division's reason.",
        required=False,
    )
    cobraStart = day_field("COBRA start", "By default, the day after the last day of coverage.")
    cobraEnd = day_field("COBRA end", "By default, the latest day that the reason allows.")
    invoiceDate = day_field("Invoice date", "Requests invoices with this date. Leave empty for no invoices.")

    of_one_group = ("division_ID", "subscriber_ID", "memberSeqCriterias", *_COBRA_FIELDS)
    shown_with = {
        "memberSeqCriterias": "reenrollFamily=4",
        "start_Date": "mode=new",
        **dict.fromkeys(_COBRA_FIELDS, "mode=cobra"),
    }
    called: ClassVar[Mapping[str, str]] = {
        **ProcessForm.called,
        "disenroll_Date": "the last day of coverage",
        "memberSeqCriterias": "the list of members",
        "cobraPlanCriterias": "the list of plans",
        "groupReenroll=false": "Subscriber ID",
        "groupReenroll is true": "Subscriber ID is empty",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.groups) > 1:
            self.choose("mode", [(key, text) for key, text in _MODES if key != "cobra"])
            self.choose("reenrollFamily", _FAMILY[:-1])
        self._choose_day()
        cobra = [key for key, _, is_cobra in self.divisions if is_cobra]
        self.choose("cobraDivision", [("", "Choose a division"), *((key, key) for key in cobra)])
        self.choose("cobraReason", [("", "The division's own reason"), *self.reasons()])
        if len(self.groups) == 1:
            self._choose_cobra(self.groups[0].group_id, cobra)

    def _choose_day(self) -> None:
        """Offer the days on which coverage ended. Explain those that no disenrollment of ours has set."""
        days, ours = ended_days([group.group_id for group in self.groups])
        if not days:
            one = len(self.groups) == 1
            self.nothing_to_do = f"{'This group was' if one else 'These groups were'} {NEVER}"
        self.choose("disenroll_Date", days)
        if any(day != called for day, called in days):
            field = self.fields["disenroll_Date"]
            field.help_text = f"{field.help_text} {NOT_OURS}"
        if days and self.initial.setdefault("disenroll_Date", max(ours, default=days[0][0])) not in ours:
            self.initial.setdefault("reenrollAll", True)

    def _choose_cobra(self, group_id: str, divisions: Sequence[str]) -> None:
        """Offer the contracts of the COBRA divisions, and name their plans."""
        of_cobra = {"group_id": group_id, "division_id__in": divisions}
        contracts = GroupContract.objects.filter(**of_cobra).order_by("-coverage_start", "division_id")
        starts: dict[str, list[str]] = {}
        for start, division in contracts.values_list("coverage_start", "division_id"):
            starts.setdefault(start.isoformat(), []).append(division)
        named = [(start, f"{start} · {', '.join(where)}") for start, where in starts.items()]
        self.choose("cobraCovStart", [("", "The contract in effect on the COBRA start"), *named])
        plans = GroupContractPlan.objects.filter(**of_cobra).values_list("plan_id", flat=True)
        offered = ", ".join(sorted(set(plans))) or "none"
        self.fields["cobraPlanCriterias"].help_text = (
            "Plan IDs separated by commas. Add a new tier after a colon: MED:1, DEN. Leave empty for all"
            f" plans held. Offered under COBRA: {offered}."
        )

    def body(self, group_id: str) -> dict[str, Any]:
        body = super().body(group_id)
        mode, members = body.pop("mode"), body.get("memberSeqCriterias") or ""
        one_family = bool(body.get("subscriber_ID"))
        for name in ("reenrollFamily", "cobraReason"):
            body[name] = int(body[name]) if body.get(name) else None
        # The page hides fields that do not go with the choices. Values left in them do not count.
        if mode != "new":
            body["start_Date"] = None
        if mode != "cobra":
            body |= dict.fromkeys(_COBRA_FIELDS)
        if body["reenrollFamily"] != 4:
            members = ""
        return body | {
            "reenrollCOBRA": mode == "cobra",
            "groupReenroll": not one_family,
            "resetGroupDisenroll": bool(body["resetGroupDisenroll"]) and not one_family and mode != "cobra",
            "memberSeqCriterias": _listed(members),
            "cobraPlanCriterias": plans_of(_listed(body.get("cobraPlanCriterias") or "")),
            "generateInvoice": body["invoiceDate"] is not None,
        }


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]
