"""The forms of disenroll and reenroll in the back office: each choice in plain words, with safe defaults.

What they yield is the body of the REST request; what is refused is shown next to the field it is about.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from enrollment.models import Reason
from enrollment.process_requests.ended_days import NEVER, NOT_OURS, ended_days
from enrollment.process_requests.fields import plans_of
from enrollment.process_requests.refusals import Refused
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision

# Values and what they are called.
_Choices = Sequence[tuple[str | int, str]]
WHOLE_GROUP = [("", "The whole group")]


def _day(label: str, help_text: str, *, required: bool = False) -> forms.DateField:
    return forms.DateField(
        label=label, help_text=help_text, required=required, widget=UnfoldAdminSingleDateWidget()
    )


def _choice(
    label: str,
    choices: _Choices,
    help_text: str = "",
    *,
    required: bool = True,
    initial: str | None = None,
    widget: type[forms.Select] | type[forms.RadioSelect] = UnfoldAdminSelectWidget,
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        help_text=help_text,
        required=required,
        initial=initial,
        widget=widget(),
    )


def _text(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=False, widget=UnfoldAdminTextInputWidget()
    )


def _switch(label: str, help_text: str, *, initial: bool = False) -> forms.BooleanField:
    return forms.BooleanField(
        label=label, help_text=help_text, required=False, initial=initial, widget=UnfoldBooleanSwitchWidget()
    )


class ProcessForm(forms.Form):
    """What both forms share: the groups, their divisions and reasons, and refusals beside their fields.

    For several groups it has no fields that only one group can answer.
    """

    of_one_group: ClassVar[Sequence[str]] = ("division_ID",)
    # Fields that belong to one choice of another field alone: the page shows them with it.
    shown_with: ClassVar[Mapping[str, str]] = {}
    # Why there is nothing to ask for; then the page says so instead of showing the form.
    nothing_to_do = ""

    def __init__(self, *args: Any, groups: Sequence[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = groups
        self.divisions: list[tuple[str, str | None, bool | None]] = []
        if len(groups) > 1:
            for name in self.of_one_group:
                del self.fields[name]
            return
        divisions = GroupDivision.objects.filter(group_id=groups[0].group_id).order_by("division_id")
        self.divisions = list(divisions.values_list("division_id", "name", "cobra_division"))
        named = [(key, f"{key} · {name}" if name else key) for key, name, _ in self.divisions]
        self.choose("division_ID", WHOLE_GROUP + [(key, f"Division {text}") for key, text in named])

    def choose(self, name: str, choices: _Choices) -> None:
        """Give a field its choices, if the form has it."""
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """Return the fields, each with the choice that it is shown with (``mode=new``), if it is one."""
        return [(field, self.shown_with.get(field.name, "")) for field in self]

    def body(self, group_id: str) -> dict[str, Any]:
        """Return the body of the request that the form asks for, for one of the groups, without a user."""
        given = {name: self.as_json(value) for name, value in self.cleaned_data.items()}
        return {**given, "group_ID": group_id}

    @staticmethod
    def as_json(value: object) -> object:
        """Return a cleaned value as JSON has it."""
        if value == "":
            return None
        return value.isoformat() if isinstance(value, datetime.date) else value

    def add_refusals(self, refused: Mapping[str, Refused]) -> None:
        """Show why groups are refused: for one group beside the field, or on top.

        Of several groups those that are refused are left out, which is an error only if it is all of them.
        """
        for group_id, why in refused.items():
            for problem in why.problems:
                if len(self.groups) == 1:
                    self.add_error(problem.column if problem.column in self.fields else None, problem.text)
                elif len(refused) == len(self.groups):
                    self.add_error(None, f"Group {group_id}: {problem.text}")

    def reasons(self) -> list[tuple[int, str]]:
        """Return the reasons to choose from."""
        found = Reason.objects.order_by("reason_id").values_list("reason_id", "description")
        return [(key, f"{key} · {text}" if text else str(key)) for key, text in found]


class DisenrollForm(ProcessForm):
    """End the cover of a group or of one division."""

    division_ID = _choice("Who", [], "The whole group, or one of its divisions.", required=False)
    disenroll_Date = _day(
        "Last day of cover", "Everybody is covered on this day, and on none after it.", required=True
    )
    reason_ID = _choice("Reason", [], "Noted on every plan that ends.")
    disenrollFamily = _choice(
        "Whose cover ends",
        [
            ("1", "The subscriber's and the family's"),
            ("2", "The subscriber's alone: the enrollment goes on for dependants who are active"),
            ("3", "The dependants' alone: the enrollment goes on for the subscriber"),
        ],
        widget=UnfoldAdminRadioSelectWidget,
        initial="1",
    )
    disenrollFuture = _choice(
        "Enrollments that begin later",
        [("2", "Cancel them: they never come into force"), ("3", "Leave them as they are")],
        widget=UnfoldAdminRadioSelectWidget,
        initial="2",
    )
    groupDisenroll = _switch(
        "Put the date on the group itself",
        "The group counts as disenrolled from then on. Off for one division: the others stay alive.",
        initial=True,
    )
    terminateAuth = _switch(
        "End authorizations too",
        "Those that go on after the last day are cut, those that begin later cancelled.",
    )
    term_Date = _day("Employment ended on", "Noted on every enrollment that ends; it changes nothing else.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("division_ID"):
            self.initial.setdefault("groupDisenroll", False)
        self.choose("reason_ID", [("", "Choose a reason"), *self.reasons()])

    def body(self, group_id: str) -> dict[str, Any]:
        body = super().body(group_id)
        numbers = ("reason_ID", "disenrollFamily", "disenrollFuture")
        return body | {name: int(body[name]) for name in numbers}


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

    disenroll_Date = _choice("Which disenroll", [], "By its last day of cover.")
    mode = _choice(
        "How",
        _MODES,
        widget=UnfoldAdminRadioSelectWidget,
        initial="undo",
    )
    division_ID = _choice("Who", [], "The whole group, or one of its divisions.", required=False)
    subscriber_ID = _text("Only this family", "A subscriber's ID; empty for everybody.")
    reenrollFamily = _choice(
        "Whose cover comes back",
        _FAMILY,
        widget=UnfoldAdminRadioSelectWidget,
        initial="1",
    )
    memberSeqCriterias = _text("Members", "Their numbers with commas between, such as 01, 03.")
    resetGroupDisenroll = _switch(
        "Take the disenroll dates off", "Those of the group and of the divisions concerned.", initial=True
    )
    resetAuth = _switch("Restore authorizations", "Those that the disenroll has cut or cancelled.")
    reenrollAll = _switch(
        "Also what ended that day otherwise",
        "Cover that somebody ended one by one on the same day goes on again.",
    )
    start_Date = _day("New cover from", "For new cover: its first day, after the last day of the old.")
    cobraDivision = _choice("COBRA division", [], "For COBRA.", required=False)
    cobraCovStart = _choice(
        "COBRA contract",
        [],
        "By the first day of the contract; by default the one that covers the start.",
        required=False,
    )
    cobraPlanCriterias = _text("Plans to continue", "Empty: all that were held.")
    cobraReason = _choice(
        "COBRA reason", [], "It says how long COBRA lasts; by default the division's.", required=False
    )
    cobraStart = _day("COBRA from", "By default the day after the disenroll.")
    cobraEnd = _day("COBRA until", "By default, and at most, what the reason allows.")
    invoiceDate = _day("Ask billing for invoices dated", "Empty: no invoices are asked for.")

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
