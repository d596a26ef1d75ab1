"""Merges the changes of two people who edit one record at the same time.

The page carries the values that it showed when it loaded. If only the other person changed a column, their
value is kept. If both changed it, the form refuses to save once and shows the other value beside the field.
"""

import json
from dataclasses import dataclass, field

from django import forms
from django.http import QueryDict

from tables.admin.column_field import ColumnField
from tables.schema.models import Table

LOADED = "_loaded"


@dataclass
class Merged:
    """The labels of the columns that keep someone else's value, and the conflicts by column name."""

    kept: list[str] = field(default_factory=list)
    conflicts: dict[str, str] = field(default_factory=dict)


def what_is_shown(form: "forms.ModelForm[Table]") -> str:
    """Return, as JSON, the value that the form shows for each column that can be changed."""
    shown = {
        name: each.prepare_value(form.initial.get(name))
        for name, each in form.fields.items()
        if _is_open(each)
    }
    return json.dumps(shown, ensure_ascii=False)


def merge(form: "forms.ModelForm[Table]") -> Merged:
    """Compare the loaded, sent and stored values. If only someone else changed a column, put their value
    into the form's data."""
    merged = Merged()
    data: QueryDict = form.data.copy()  # type: ignore[attr-defined]
    who = getattr(form.instance, "update_user", None) or "Someone else"
    for name, shown in _loaded(form.data.get(LOADED)).items():
        each = form.fields.get(name)
        if not isinstance(each, ColumnField) or not _is_open(each):
            continue
        now = each.prepare_value(form.initial.get(name))
        if now == shown:
            continue
        given = each.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        if not each.differs(shown, given):
            _put(data, form.add_prefix(name), now, each.widget)
            merged.kept.append(str(each.label))
        elif each.differs(now, given):
            what = f"changed this to '{now}'" if now not in (None, "") else "emptied this"
            merged.conflicts[name] = (
                f"{who} {what} while you were editing. Save again to replace it with your value."
            )
    form.data = data
    return merged


def _is_open(each: forms.Field) -> bool:
    return not each.disabled and not getattr(each, "masked", False)


def _loaded(text: str | None) -> dict[str, str | bool | None]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if value is None or isinstance(value, str | bool)}


def _put(data: QueryDict, name: str, value: str | bool | None, widget: forms.Widget) -> None:
    """Put a value into a form's data as its widget would send it."""
    if isinstance(widget, forms.NullBooleanSelect):
        data[name] = "unknown" if value is None else str(value).lower()
    elif not isinstance(value, bool):
        data[name] = value or ""
    elif value:
        data[name] = "on"
    else:
        data.pop(name, None)
