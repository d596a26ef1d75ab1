"""The admin's form for a disenrollment, and what it shares with the form for a reenrollment.

Choices are in plain words and have safe defaults. A form returns the body of the REST request. Each error
appears beside its field, in the form's own words.
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
from enrollment.pages.problem_words import in_words
from enrollment.process_requests.refusals import Refused
from groups.models import Group, GroupDivision

# Values and their texts.
Choices = Sequence[tuple[str | int, str]]
WHOLE_GROUP = [("", "The whole group")]


def day_field(label: str, help_text: str, *, required: bool = False) -> forms.DateField:
    """Return a field for a calendar day."""
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
    """Return a field for one of several choices, a list unless ``widget`` says otherwise."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        help_text=help_text,
        required=required,
        initial=initial,
        widget=widget(),
    )


def text_field(label: str, help_text: str) -> forms.CharField:
    """Return a field for an optional text."""
    return forms.CharField(
        label=label, help_text=help_text, required=False, widget=UnfoldAdminTextInputWidget()
    )


def switch_field(label: str, help_text: str, *, initial: bool = False) -> forms.BooleanField:
    """Return a switch."""
    return forms.BooleanField(
        label=label, help_text=help_text, required=False, initial=initial, widget=UnfoldBooleanSwitchWidget()
    )


class ProcessForm(forms.Form):
    """What both forms share: groups, divisions, reasons, and errors beside their fields.

    A form for several groups leaves out the fields that make sense for one group only.
    """

    of_one_group: ClassVar[Sequence[str]] = ("division_ID",)
    # Fields that the page shows only with one choice of another field: ``start_Date`` with ``mode=new``.
    shown_with: ClassVar[Mapping[str, str]] = {}
    # Words for errors in which a field's label does not fit, by the API's own words.
    called: ClassVar[Mapping[str, str]] = {"user_ID": "your user name"}
    # Why there is nothing to do. The page shows this text instead of the form.
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
        """Set the choices of a field, if the form has it."""
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """Return the fields, each with the choice it depends on (``mode=new``), or an empty text."""
        return [(field, self.shown_with.get(field.name, "")) for field in self]

    def body(self, group_id: str) -> dict[str, Any]:
        """Return the body of the request for one of the groups, without a user."""
        given = {name: self.as_json(value) for name, value in self.cleaned_data.items()}
        return {**given, "group_ID": group_id}

    @staticmethod
    def as_json(value: object) -> object:
        """Return a cleaned value as JSON."""
        if value == "":
            return None
        return value.isoformat() if isinstance(value, datetime.date) else value

    def add_refusals(self, refused: Mapping[str, Refused]) -> None:
        """Show why groups are refused. For one group, each error appears beside its field or on top.

        Several groups start without the refused ones, so that is an error only if all of them are refused.
        """
        for group_id, why in refused.items():
            for problem in why.problems:
                text = in_words(problem, self)
                if len(self.groups) == 1:
                    self.add_error(problem.column if problem.column in self.fields else None, text)
                elif len(refused) == len(self.groups):
                    self.add_error(None, f"Group {group_id}: {text}")

    def reasons(self) -> list[tuple[int, str]]:
        """Return the reasons to choose from."""
        found = Reason.objects.order_by("reason_id").values_list("reason_id", "description")
        return [(key, f"{key} · {text}" if text else str(key)) for key, text in found]


class DisenrollForm(ProcessForm):
    """End the coverage of a group or of one division."""

    division_ID = choice_field("Apply to", [], "The whole group, or one of its divisions.", required=False)
    disenroll_Date = day_field("Last day of coverage", "Coverage ends at the end of this day.", required=True)
    reason_ID = choice_field("Reason", [], "Saved with every plan that ends.")
    disenrollFamily = choice_field(
        "Whose coverage ends",
        [
            ("1", "Subscriber and family"),
            ("2", "Subscriber only (dependents stay covered)"),
            ("3", "Dependents only (the subscriber stays covered)"),
        ],
        widget=UnfoldAdminRadioSelectWidget,
        initial="1",
    )
    disenrollFuture = choice_field(
        "Enrollments that start after this date",
        [("2", "Cancel (they never take effect)"), ("3", "Leave them unchanged")],
        widget=UnfoldAdminRadioSelectWidget,
        initial="2",
    )
    groupDisenroll = switch_field(
        "Mark the group as terminated",
        "Sets the group's own termination date to this day. Turn this off if other divisions stay active.",
        initial=True,
    )
    terminateAuth = switch_field(
        "Also end authorizations",
        "Open authorizations end on this day. Authorizations that start later are canceled.",
    )
    term_Date = day_field(
        "Employment end date", "Saved with every enrollment that ends. It changes nothing else."
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
