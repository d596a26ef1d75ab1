"""A process and its parameters in the words of the pages that start it."""

from collections.abc import Iterable, Mapping

from django import forms, template

from enrollment.engine.runners import DISENROLL, REENROLL
from enrollment.models import Reason
from enrollment.pages.forms import DisenrollForm
from enrollment.pages.problem_words import choice_texts
from enrollment.pages.reenroll_form import ReenrollForm
from processes.models import VBAProcess, VBAProcessParameter

register = template.Library()

_TYPES = {DISENROLL: "Disenrollment", REENROLL: "Reenrollment", "LOADFILE": "File load"}
_FORMS: dict[str, type[forms.Form]] = {DISENROLL: DisenrollForm, REENROLL: ReenrollForm}
# Parameters that no form has as a field.
_LABELS = {
    "user_ID": "User",
    "group_ID": "Group ID",
    "member_Seq": "Member",
    "subscriber": "The member is the subscriber",
    "groupReenroll": "Everyone in the group or division",
    "reenrollCOBRA": "Continue under COBRA",
    "generateInvoice": "Request invoices",
    "table": "Table",
    "file": "File",
    "dry_run": "Validate only",
}
_REASONS = ("reason_ID", "cobraReason")


@register.filter
def process_name(process: VBAProcess) -> str:
    """Return what pages call this type of process: ``Disenrollment``."""
    kind = str(process.vbaprocess_type)
    return _TYPES.get(kind, kind)


@register.filter
def in_words(parameters: Iterable[VBAProcessParameter]) -> list[tuple[str, str]]:
    """Return the label and the text of each parameter of a process."""
    found = list(parameters)
    reasons = _reasons([each.parameter_value1 or "" for each in found if each.parameter_name in _REASONS])
    return [(_label(each), _text(each, reasons)) for each in found]


def _reasons(values: Iterable[str]) -> dict[str, str]:
    """Return the reasons with these numbers as the forms show them."""
    numbers = [int(value) for value in values if value.isdecimal() and len(value) < 9]
    found = Reason.objects.filter(reason_id__in=numbers) if numbers else ()
    return {
        str(each.reason_id): f"{each.reason_id} · {each.description}" for each in found if each.description
    }


def _field(parameter: VBAProcessParameter) -> forms.Field | None:
    form = _FORMS.get(parameter.vbaprocess_type)
    return form.base_fields.get(parameter.parameter_name) if form else None


def _label(parameter: VBAProcessParameter) -> str:
    field = _field(parameter)
    name = parameter.parameter_name
    return str(field.label) if field else _LABELS.get(name, name)


def _text(parameter: VBAProcessParameter, reasons: Mapping[str, str]) -> str:
    value = parameter.parameter_value1 or ""
    if parameter.parameter_name in _REASONS:
        return reasons.get(value, value)
    if parameter.parameter_type == "boolean":
        return {"true": "Yes", "false": "No"}.get(value, value)
    text = choice_texts(_field(parameter)).get(value, value)
    return f"{text}, tier {parameter.parameter_value2}" if parameter.parameter_value2 else text
