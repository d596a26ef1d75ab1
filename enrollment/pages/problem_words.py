"""Problems of a disenrollment or reenrollment in the words of its form: labels and choices, no API names."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from groups.models import Group
from tables.admin.labels import labels_of, with_labels
from tables.schema.problems import Problem

_SWITCH = re.compile(r"\b(\w+)(=| is | must be )(true|false)\b")
_VALUE = re.compile(r"(?<!\w)'([^']*)'")
_CHOICE = re.compile(r"\b(\w+) (\d+)\b")


def choice_texts(field: forms.Field | None) -> dict[str, str]:
    """Return the text of each choice of a field; nothing for a field without choices."""
    choices: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
    return {str(value): str(text) for value, text in choices}


def in_words(problem: Problem, form: forms.Form) -> str:
    """Return the text of a problem as the form's page shows it.

    ``disenrollFamily 2`` becomes the text of that choice, ``groupDisenroll=false`` the label of the switch,
    and any other API name the label of its field. A value between quotes becomes the text of its choice.
    ``form.called`` replaces labels that do not fit.
    """
    text = problem.text
    called: Mapping[str, str] = getattr(form, "called", {})
    for name, words in called.items():
        if not name.isidentifier():
            text = text.replace(name, words)

    def switch(found: re.Match[str]) -> str:
        name, link, state = found.groups()
        field = form.fields.get(name)
        if field is None:
            return found[0]
        return f"“{field.label}”{' to be ' if link == '=' else link}{'on' if state == 'true' else 'off'}"

    def choice(found: re.Match[str]) -> str:
        texts = choice_texts(form.fields.get(found[1]))
        return f"“{texts[found[2]]}”" if found[2] in texts else found[0]

    def value(found: re.Match[str]) -> str:
        return f"'{own_choices.get(found[1], found[1])}'"

    own_choices = choice_texts(form.fields.get(problem.column or ""))
    labels = labels_of(Group) | {name: str(field.label) for name, field in form.fields.items()} | dict(called)
    text = with_labels(_CHOICE.sub(choice, _SWITCH.sub(switch, text)), labels)
    text = _VALUE.sub(value, text)
    return text[:1].upper() + text[1:]
