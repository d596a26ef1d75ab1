"""The form of disenroll in the back office, and what it shares with that of reenroll.

Each choice is in plain words, with safe defaults. A form yields the body of the REST request; what is refused
is shown next to the field it is about.
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
from enrollment.process_requests.refusals import Refused
from groups.models import Group, GroupDivision

# Values and what they are called.
Choices = Sequence[tuple[str | int, str]]
WHOLE_GROUP = [("", "The whole group")]


def day_field(label: str, help_text: str, *, required: bool = False) -> forms.DateField:
    """A calendar day."""
    return forms.DateField(
        label=label, help_text=help_text, required=required, widget=UnfoldAdminSingleDateWidget()
    )


def choice_field(
    label: str,
    choices: Choices,
    help_text: str = "",
    *,
    required: bool = True,
    initial: str | None = None,
    widget: type[forms.Select] | type[forms.RadioSelect] = UnfoldAdminSelectWidget,
) -> forms.ChoiceField:
    """One of several choices, as a list unless ``widget`` is another."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        help_text=help_text,
        required=required,
        initial=initial,
        widget=widget(),
    )


def text_field(label: str, help_text: str) -> forms.CharField:
    """An optional text."""
    return forms.CharField(
        label=label, help_text=help_text, required=False, widget=UnfoldAdminTextInputWidget()
    )


def switch_field(label: str, help_text: str, *, initial: bool = False) -> forms.BooleanField:
    """A switch."""
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

    def choose(self, name: str, choices: Choices) -> None:
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

    division_ID = choice_field("Who", [], "The whole group, or one of its divisions.", required=False)
    disenroll_Date = day_field(
        "Last day of cover", "Everybody is covered on this day, and on none after it.", required=True
    )
    reason_ID = choice_field("Reason", [], "Noted on every plan that ends.")
    disenrollFamily = choice_field(
        "Whose cover ends",
        [
            ("1", "The subscriber's and the family's"),
            ("2", "The subscriber's alone: the enrollment goes on for dependants who are active"),
            ("3", "The dependants' alone: the enrollment goes on for the subscriber"),
        ],
        widget=UnfoldAdminRadioSelectWidget,
        initial="1",
    )
    disenrollFuture = choice_field(
        "Enrollments that begin later",
        [("2", "Cancel them: they never come into force"), ("3", "Leave them as they are")],
        widget=UnfoldAdminRadioSelectWidget,
        initial="2",
    )
    groupDisenroll = switch_field(
        "Put the date on the group itself",
        "The group counts as disenrolled from then on. Off for one division: the others stay alive.",
        initial=True,
    )
    terminateAuth = switch_field(
        "End authorizations too",
        "Those that go on after the last day are cut, those that begin later cancelled.",
    )
    term_Date = day_field(
        "Employment ended on", "Noted on every enrollment that ends; it changes nothing else."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("division_ID"):
            self.initial.setdefault("groupDisenroll", False)
        self.choose("reason_ID", [("", "Choose a reason"), *self.reasons()])

    def body(self, group_id: str) -> dict[str, Any]:
        body = super().body(group_id)
        numbers = ("reason_ID", "disenrollFamily", "disenrollFuture")
        return body | {name: int(body[name]) for name in numbers}
