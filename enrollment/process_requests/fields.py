"""The bodies of the disenroll and reenroll requests: their fields, and reading them from JSON or forms."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tables.rest.request_names import unknown_properties
from tables.schema.column import Column, Kind
from tables.schema.problems import Problem, shown
from tables.write.records import WrongValue, parse_json


@dataclass(frozen=True)
class BodyField:
    """One field of a body: its JSON name and kind. ``item`` is what a list holds: texts, or plans.

    ``only_with`` names the field, and its value, without which this one would mean nothing.
    """

    name: str
    kind: Kind
    help_text: str
    required: bool = False
    max_length: int | None = None
    item: str | None = None
    only_with: tuple[str, bool | int] | None = None

    @property
    def type_name(self) -> str:
        """The type as the parameters of a process call it."""
        return {
            Kind.TEXT: "string",
            Kind.INTEGER: "int32",
            Kind.FLAG: "boolean",
            Kind.DAY: "date-time",
        }[self.kind]


DISENROLL = (
    BodyField("user_ID", Kind.TEXT, "The active user in whose name the process runs.", True, 20),
    BodyField("group_ID", Kind.TEXT, "The group; the same as in the path.", True, 20),
    BodyField("division_ID", Kind.TEXT, "Only this division; without it the whole group.", False, 20),
    BodyField("disenroll_Date", Kind.DAY, "The last day of cover.", True),
    BodyField("term_Date", Kind.DAY, "Noted on every enrollment that ends; it selects nothing."),
    BodyField("reason_ID", Kind.INTEGER, "The reason noted on every plan that ends.", True),
    BodyField("disenrollFamily", Kind.INTEGER, "Whose cover ends, see /disenroll-family-options.", True),
    BodyField("terminateAuth", Kind.FLAG, "Cut or cancel authorizations of those whose cover ends.", True),
    BodyField(
        "disenrollFuture",
        Kind.INTEGER,
        "Enrollments that start after the date: 2 cancels them, 3 leaves them alone.",
        True,
    ),
    BodyField("groupDisenroll", Kind.FLAG, "Also put the date on the group itself.", True),
)

_COBRA = ("reenrollCOBRA", True)

REENROLL = (
    BodyField("user_ID", Kind.TEXT, "The active user in whose name the process runs.", True, 20),
    BodyField("subscriber_ID", Kind.TEXT, "The one family to be reenrolled; empty with groupReenroll."),
    BodyField("member_Seq", Kind.TEXT, "One member of the family."),
    BodyField("group_ID", Kind.TEXT, "The group; the same as in the path, or empty."),
    BodyField("division_ID", Kind.TEXT, "Only this division; without it all."),
    BodyField("reenrollFamily", Kind.INTEGER, "Whose cover comes back, see /reenroll-family-options."),
    BodyField(
        "subscriber", Kind.FLAG, "True: reenrollFamily governs, and member_Seq can only be the insured."
    ),
    BodyField("start_Date", Kind.DAY, "First day of new cover. Without it cover comes back as it was."),
    BodyField("reenrollCOBRA", Kind.FLAG, "Continue cover under COBRA, in cobraDivision."),
    BodyField("resetAuth", Kind.FLAG, "Give authorizations that were cut or cancelled back."),
    BodyField(
        "disenroll_Date", Kind.DAY, "The date of the disenroll; by default the one on division or group."
    ),
    BodyField("cobraDivision", Kind.TEXT, "The COBRA division of the group.", only_with=_COBRA),
    BodyField(
        "cobraCovStart",
        Kind.DAY,
        "Its contract; by default the one that covers cobraStart.",
        only_with=_COBRA,
    ),
    BodyField(
        "cobraStart",
        Kind.DAY,
        "First day of COBRA; by default the day after the disenroll.",
        only_with=_COBRA,
    ),
    BodyField(
        "cobraEnd",
        Kind.DAY,
        "Last day of COBRA; by default and at most what the reason allows.",
        only_with=_COBRA,
    ),
    BodyField("cobraReason", Kind.INTEGER, "The reason, which says how long COBRA lasts.", only_with=_COBRA),
    BodyField("generateInvoice", Kind.FLAG, "Ask billing for invoices; needs invoiceDate."),
    BodyField("invoiceDate", Kind.DAY, "The date of these invoices."),
    BodyField("groupReenroll", Kind.FLAG, "Reenroll everyone in scope."),
    BodyField("resetGroupDisenroll", Kind.FLAG, "Also reset the dates on group and divisions."),
    BodyField("reenrollAll", Kind.FLAG, "Also what ended on the date without a group disenroll."),
    BodyField(
        "cobraPlanCriterias",
        Kind.TEXT,
        "The plans to continue; empty: all.",
        item="COBRAPlanCriteria",
        only_with=_COBRA,
    ),
    BodyField(
        "memberSeqCriterias",
        Kind.TEXT,
        "The members of reenrollFamily 4.",
        item="string",
        only_with=("reenrollFamily", 4),
    ),
)
# What clients have put into the body although it belongs elsewhere.
_HINTS = {"preview": " It is a query parameter: ?preview=true."}
_PLAN = ("plan_ID", "tier")


@dataclass(frozen=True)
class Body:
    """A body that was read: its values by name (None: absent), what is wrong, and what was sent."""

    values: Mapping[str, Any]
    problems: Sequence[Problem]
    sent: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def in_name_of(self, user: str) -> "Body":
        """Return the same asked in the name of a user, however long."""
        named = {"user_ID": user}
        problems = [problem for problem in self.problems if problem.column != "user_ID"]
        return Body({**self.values, **named}, problems, {**self.sent, **named})


def not_valid(name: str, value: object) -> Problem:
    """The problem of a value that means nothing here."""
    text = value.isoformat() if isinstance(value, datetime.date) else value
    return Problem(name, f"{name} is not valid: '{shown(text)}'.")


def required(name: str) -> Problem:
    """The problem of a field that is absent and must not be."""
    return Problem(name, f"{name} is required.")


def read(fields: Sequence[BodyField], given: Mapping[str, object], *, more: Sequence[str] = ()) -> Body:
    """Read a body's fields, their names in any case. A name that is neither a field nor one of ``more`` is a
    problem, and so is a field without what it belongs to."""
    folded = {name.lower(): value for name, value in given.items()}
    values: dict[str, object] = {}
    wrong = unknown_properties(given, [*(field.name for field in fields), *more], hints=_HINTS)
    for field in fields:
        value = folded.get(field.name.lower())
        values[field.name], problems = _read_list(field, value) if field.item else _read_one(field, value)
        wrong += problems
    sent = {field.name: values[field.name] for field in fields if values[field.name] not in (None, [])}
    wrong += [
        Problem(field.name, f"{field.name} needs {field.only_with[0]}={str(field.only_with[1]).lower()}.")
        for field in fields
        if field.only_with and field.name in sent and values[field.only_with[0]] != field.only_with[1]
    ]
    return Body(values, wrong, sent)


def _is_absent(field: BodyField, value: object) -> bool:
    """Clients made by generators send what they do not mean as null, an empty text or list, or false."""
    if value is None or value == "":
        return True
    return (bool(field.only_with) or bool(field.item)) and (value is False or value == [])


def _read_one(field: BodyField, value: object) -> tuple[object, list[Problem]]:
    if _is_absent(field, value):
        return None, [required(field.name)] if field.required else []
    try:
        parsed = parse_json(cast(Column, field), value)
    except WrongValue:
        return None, [not_valid(field.name, value)]
    too_long = field.max_length is not None and len(str(parsed)) > field.max_length
    if too_long or (isinstance(parsed, str) and not _can_be_stored(parsed)):
        return None, [not_valid(field.name, value)]
    return parsed, []


def _read_list(field: BodyField, value: object) -> tuple[list[object], list[Problem]]:
    if _is_absent(field, value):
        return [], []
    if not isinstance(value, list):
        return [], [not_valid(field.name, value)]
    items: list[object] = []
    for raw in value:
        item = raw
        if field.item == "COBRAPlanCriteria":
            if not isinstance(raw, Mapping):
                return [], [not_valid(field.name, raw)]
            if wrong := unknown_properties(raw, _PLAN, inside=field.name):
                return [], wrong
            item = _plan_of(raw)
        texts = item if isinstance(item, tuple) else (item,)
        if not all(text is None or (isinstance(text, str) and _can_be_stored(text)) for text in texts):
            return [], [not_valid(field.name, raw)]
        if not texts[0]:
            return [], [not_valid(field.name, "")]
        items.append(item)
    return items, []


def _plan_of(item: Mapping[str, object]) -> tuple[object, object]:
    """Return plan_ID and tier of a plan criterion; an empty tier is none."""
    folded = {name.lower(): value for name, value in item.items()}
    return folded.get("plan_id"), folded.get("tier") or None


def plans_of(texts: Iterable[str]) -> list[dict[str, str | None]]:
    """Return plan criteria as a body has them, of texts such as ``MED``, or ``MED:1`` with a tier."""
    parts = (text.partition(":") for text in texts)
    return [{"plan_ID": plan.strip(), "tier": tier.strip() or None} for plan, _, tier in parts]


def _can_be_stored(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def parameters(fields: Sequence[BodyField], body: Body) -> list[tuple[str, str, str, str | None]]:
    """Return what a process keeps of its body: name, type, value and second value (the tier of a plan) of
    each field that was sent; list items one by one."""
    found: list[tuple[str, str, str, str | None]] = []
    for field in fields:
        if field.name not in body.sent:
            continue
        value = body.sent[field.name]
        for item in value if field.item else [value]:
            first, second = item if isinstance(item, tuple) else (item, None)
            text = str(first).lower() if isinstance(first, bool) else str(first)
            found.append((field.name, field.type_name, text, second))
    return found
