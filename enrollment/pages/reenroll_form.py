"""The form of reenroll in the back office: undo, new cover or COBRA, each choice in plain words."""

from collections.abc import Sequence
from typing import Any

from unfold.widgets import UnfoldAdminRadioSelectWidget

from enrollment.pages.forms import ProcessForm, choice_field, day_field, switch_field, text_field
from enrollment.process_requests.ended_days import NEVER, NOT_OURS, ended_days
from enrollment.process_requests.fields import plans_of
from groups.models import GroupContract, GroupContractPlan

_MODES = [
    ("undo", "Undo it: everything becomes as it was"),
    ("new", "New cover from a date: a gap stays in between"),
    ("cobra", "COBRA: cover goes on in a COBRA division, for as long as the reason allows"),
]
_FAMILY = [
    ("1", "The subscriber's and the family's"),
    ("2", "The subscriber's alone"),
    ("3", "The dependants' alone (their enrollment must be live, except for COBRA)"),
    ("4", "That of the members named below (of one family)"),
]


_COBRA_FIELDS = (
    *("cobraDivision", "cobraCovStart", "cobraPlanCriterias"),
    *("cobraReason", "cobraStart", "cobraEnd"),
)


class ReenrollForm(ProcessForm):
    """Bring cover back that a disenroll has ended."""

    disenroll_Date = choice_field("Which disenroll", [], "By its last day of cover.")
    mode = choice_field(
        "How",
        _MODES,
        widget=UnfoldAdminRadioSelectWidget,
        initial="undo",
    )
    division_ID = choice_field("Who", [], "The whole group, or one of its divisions.", required=False)
    subscriber_ID = text_field("Only this family", "A subscriber's ID; empty for everybody.")
    reenrollFamily = choice_field(
        "Whose cover comes back",
        _FAMILY,
        widget=UnfoldAdminRadioSelectWidget,
        initial="1",
    )
    memberSeqCriterias = text_field("Members", "Their numbers with commas between, such as 01, 03.")
    resetGroupDisenroll = switch_field(
        "Take the disenroll dates off", "Those of the group and of the divisions concerned.", initial=True
    )
    resetAuth = switch_field("Restore authorizations", "Those that the disenroll has cut or cancelled.")
    reenrollAll = switch_field(
        "Also what ended that day otherwise",
        "Cover that somebody ended one by one on the same day goes on again.",
    )
    start_Date = day_field("New cover from", "For new cover: its first day, after the last day of the old.")
    cobraDivision = choice_field("COBRA division", [], "For COBRA.", required=False)
    cobraCovStart = choice_field(
        "COBRA contract",
        [],
        "By the first day of the contract; by default the one that covers the start.",
        required=False,
    )
    cobraPlanCriterias = text_field("Plans to continue", "Empty: all that were held.")
    cobraReason = choice_field(
        "COBRA reason", [], "It says how long COBRA lasts; by default the division's.", required=False
    )
    cobraStart = day_field("COBRA from", "By default the day after the disenroll.")
    cobraEnd = day_field("COBRA until", "By default, and at most, what the reason allows.")
    invoiceDate = day_field("Ask billing for invoices dated", "Empty: no invoices are asked for.")

    of_one_group = ("division_ID", "subscriber_ID", "memberSeqCriterias", *_COBRA_FIELDS)
    shown_with = {
        "memberSeqCriterias": "reenrollFamily=4",
        "start_Date": "mode=new",
        **dict.fromkeys(_COBRA_FIELDS, "mode=cobra"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.groups) > 1:
            self.choose("mode", [(key, text) for key, text in _MODES if key != "cobra"])
            self.choose("reenrollFamily", _FAMILY[:-1])
        self._choose_day()
        cobra = [key for key, _, is_cobra in self.divisions if is_cobra]
        self.choose("cobraDivision", [("", "Choose a division"), *((key, key) for key in cobra)])
        self.choose("cobraReason", [("", "The division's own"), *self.reasons()])
        if len(self.groups) == 1:
            self._choose_cobra(self.groups[0].group_id, cobra)

    def _choose_day(self) -> None:
        """Offer the days that cover ended on; where it was not we who ended it, say what can be done."""
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
        """Offer the contracts of the COBRA divisions, and name the plans that they have."""
        of_cobra = {"group_id": group_id, "division_id__in": divisions}
        contracts = GroupContract.objects.filter(**of_cobra).order_by("-coverage_start", "division_id")
        starts: dict[str, list[str]] = {}
        for start, division in contracts.values_list("coverage_start", "division_id"):
            starts.setdefault(start.isoformat(), []).append(division)
        named = [(start, f"{start} · {', '.join(where)}") for start, where in starts.items()]
        self.choose("cobraCovStart", [("", "The one that covers the start"), *named])
        plans = GroupContractPlan.objects.filter(**of_cobra).values_list("plan_id", flat=True)
        offered = ", ".join(sorted(set(plans))) or "none"
        self.fields["cobraPlanCriterias"].help_text = (
            "Their IDs with commas between, a new tier after a colon, such as MED:1, DEN. Empty: all that"
            f" were held. Offered under COBRA: {offered}."
        )

    def body(self, group_id: str) -> dict[str, Any]:
        body = super().body(group_id)
        mode, members = body.pop("mode"), body.get("memberSeqCriterias") or ""
        one_family = bool(body.get("subscriber_ID"))
        for name in ("reenrollFamily", "cobraReason"):
            body[name] = int(body[name]) if body.get(name) else None
        # What is not shown with the choices that were made is not asked for.
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
