"""The bodies of the disenroll and reenroll requests: their fields, and how they are read."""

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

    ``only_with`` names another field and the value that it must have, or this field makes no sense.
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
        """The type as the parameters of a process name it."""
        return {
            Kind.TEXT: "string",
            Kind.INTEGER: "int32",
            Kind.FLAG: "boolean",
            Kind.DAY: "date-time",
        }[self.kind]


DISENROLL = (
    BodyField("user_ID", Kind.TEXT, "The active user in whose name the process runs.", True, 20),
    BodyField("group_ID", Kind.TEXT, "The group, the same as in the path.", True, 20),
    BodyField("division_ID", Kind.TEXT, "Only this division. Default: the whole group.", False, 20),
    BodyField("disenroll_Date", Kind.DAY, "The last day of coverage.", True),
    BodyField(
        "term_Date",
        Kind.DAY,
        "Day employment ended. Stored on every enrollment that ends; for reports.",
    ),
    BodyField("reason_ID", Kind.INTEGER, "The reason, stored on every plan that ends.", True),
    BodyField(
        "disenrollFamily",
        Kind.INTEGER,
        "Whose coverage ends: 1 subscriber and family, 2 subscriber only, 3 dependents only.",
        True,
    ),
    BodyField(
        "terminateAuth", Kind.FLAG, "Cut or cancel the authorizations of those whose coverage ends.", True
    ),
    BodyField(
        "disenrollFuture",
        Kind.INTEGER,
        "Enrollments that start after the date: 2 cancels them, 3 leaves them as they are.",
        True,
    ),
    BodyField(
        "groupDisenroll", Kind.FLAG, "Also mark the group as terminated: store the date on the group.", True
    ),
)

_COBRA = ("reenrollCOBRA", True)

REENROLL = (
    BodyField("user_ID", Kind.TEXT, "The active user in whose name the process runs.", True, 20),
    BodyField("subscriber_ID", Kind.TEXT, "The one family to reenroll. Not allowed with groupReenroll."),
    BodyField("member_Seq", Kind.TEXT, "Only this member of the family."),
    BodyField("group_ID", Kind.TEXT, "The group, the same as in the path, or empty."),
    BodyField("division_ID", Kind.TEXT, "Only this division. Default: all divisions."),
    BodyField(
        "reenrollFamily",
        Kind.INTEGER,
        "Whose coverage comes back: 1 subscriber and family, 2 subscriber only, 3 dependents only, 4 selected"
        " members.",
    ),
    BodyField(
        "subscriber",
        Kind.FLAG,
        "True: reenrollFamily decides who comes back, and member_Seq may only be the insured.",
    ),
    BodyField(
        "start_Date", Kind.DAY, "First day of new coverage. Without it, coverage comes back as it was."
    ),
    BodyField("reenrollCOBRA", Kind.FLAG, "Continue coverage under COBRA, in cobraDivision."),
    BodyField("resetAuth", Kind.FLAG, "Restore the authorizations that the disenrollment cut or canceled."),
    BodyField(
        "disenroll_Date",
        Kind.DAY,
        "The disenrollment to reverse, by its date. Default: the date on the division or group.",
    ),
    BodyField("cobraDivision", Kind.TEXT, "The group's COBRA division.", only_with=_COBRA),
    BodyField(
        "cobraCovStart",
        Kind.DAY,
        "First day of the COBRA contract. Default: the contract that covers cobraStart.",
        only_with=_COBRA,
    ),
    BodyField(
        "cobraStart",
        Kind.DAY,
        "First day of COBRA. Default: the day after the disenrollment.",
        only_with=_COBRA,
    ),
    BodyField(
        "cobraEnd",
        Kind.DAY,
        "Last day of COBRA, at most the last day that the reason allows, which is the default.",
        only_with=_COBRA,
    ),
    BodyField(
        "cobraReason",
        Kind.INTEGER,
        "The reason, which says how long COBRA can last. Default: the division's default_COBRA_Reason.",
        only_with=_COBRA,
    ),
    BodyField("generateInvoice", Kind.FLAG, "Ask billing to make invoices; needs invoiceDate."),
    BodyField("invoiceDate", Kind.DAY, "The date of the invoices."),
    BodyField("groupReenroll", Kind.FLAG, "Reenroll everyone in the group, or in division_ID."),
    BodyField(
        "resetGroupDisenroll", Kind.FLAG, "Also clear the disenroll dates of the group and its divisions."
    ),
    BodyField("reenrollAll", Kind.FLAG, "Also restore coverage that ended on that date individually."),
    BodyField(
        "cobraPlanCriterias",
        Kind.TEXT,
        "The plans to continue. Default: all.",
        item="COBRAPlanCriteria",
        only_with=_COBRA,
    ),
    BodyField(
        "memberSeqCriterias",
        Kind.TEXT,
        "The members to bring back with reenrollFamily 4.",
        item="string",
        only_with=("reenrollFamily", 4),
    ),
)
# Properties that clients put into the body by mistake.
_HINTS = {"preview": " It is a query parameter: ?preview=true."}
_PLAN = ("plan_ID", "tier")


@dataclass(frozen=True)
class Body:
    """A body that was read: its values by name (None: absent), its problems, and what was sent."""

    values: Mapping[str, Any]
    problems: Sequence[Problem]
    sent: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def in_name_of(self, user: str) -> "Body":
        """Return the same body in the name of another user, whose name may be longer than user_ID allows."""
        named = {"user_ID": user}
        problems = [problem for problem in self.problems if problem.column != "user_ID"]
        return Body({**self.values, **named}, problems, {**self.sent, **named})


def not_valid(name: str, value: object) -> Problem:
    """Return the problem of a value that is not valid."""
    text = value.isoformat() if isinstance(value, datetime.date) else value
    return Problem(name, f"{name} is not valid: '{shown(text)}'.")


def required(name: str) -> Problem:
    """Return the problem of a required field that is absent."""
    return Problem(name, f"{name} is required.")


def read(fields: Sequence[BodyField], given: Mapping[str, object], *, more: Sequence[str] = ()) -> Body:
    """Read a body's fields, their names in any case. A name that is neither a field nor one of ``more`` is a
    problem, and so is a field without the field that it needs."""
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
    """Return whether a field is absent. Generated clients send unused fields as null, empty or false."""
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
    """Return plan_ID and tier of a plan criterion; an empty tier counts as none."""
    folded = {name.lower(): value for name, value in item.items()}
    return folded.get("plan_id"), folded.get("tier") or None


def plans_of(texts: Iterable[str]) -> list[dict[str, str | None]]:
    """Return a body's plan criteria from texts such as ``MED``, or ``MED:1`` with a tier."""
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
