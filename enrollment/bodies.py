"""The bodies of the disenroll and reenroll requests: their fields, and reading them from JSON or forms."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tables.columns import Column, Kind
from tables.problems import Problem
from tables.records import WrongValue, parse_json


@dataclass(frozen=True)
class BodyField:
    """One field of a body: its JSON name and kind. ``item`` is what a list holds: texts, or plans."""

    name: str
    kind: Kind
    help_text: str
    required: bool = False
    max_length: int | None = None
    item: str | None = None

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
    BodyField("cobraDivision", Kind.TEXT, "The COBRA division of the group."),
    BodyField("cobraCovStart", Kind.DAY, "Its contract; by default the one that covers cobraStart."),
    BodyField("cobraStart", Kind.DAY, "First day of COBRA; by default the day after the disenroll."),
    BodyField("cobraEnd", Kind.DAY, "Last day of COBRA; by default and at most what the reason allows."),
    BodyField("cobraReason", Kind.INTEGER, "The reason, which says how long COBRA lasts."),
    BodyField("generateInvoice", Kind.FLAG, "Ask billing for invoices; needs invoiceDate."),
    BodyField("invoiceDate", Kind.DAY, "The date of these invoices."),
    BodyField("groupReenroll", Kind.FLAG, "Reenroll everyone in scope."),
    BodyField("resetGroupDisenroll", Kind.FLAG, "Also reset the dates on group and divisions."),
    BodyField("reenrollAll", Kind.FLAG, "Also what ended on the date without a group disenroll."),
    BodyField(
        "cobraPlanCriterias", Kind.TEXT, "The plans to continue; empty: all.", item="COBRAPlanCriteria"
    ),
    BodyField("memberSeqCriterias", Kind.TEXT, "The members of reenrollFamily 4.", item="string"),
)


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


def not_valid(name: str, value: Any) -> Problem:
    """The problem of a value that means nothing here."""
    if isinstance(value, bool):
        shown = str(value).lower()
    elif isinstance(value, datetime.date):
        shown = value.isoformat()
    else:
        shown = str(value)[:100]
    return Problem(name, f"{name} is not valid: '{shown}'.")


def required(name: str) -> Problem:
    """The problem of a field that is absent and must not be."""
    return Problem(name, f"{name} is required.")


def read(fields: Sequence[BodyField], given: Mapping[str, Any]) -> Body:
    """Read a body's fields, their names in any case; names that are no field are ignored."""
    folded = {name.lower(): value for name, value in given.items()}
    values: dict[str, Any] = {}
    wrong: list[Problem] = []
    for field in fields:
        value = folded.get(field.name.lower())
        values[field.name], problem = _read_list(field, value) if field.item else _read_one(field, value)
        if problem:
            wrong.append(problem)
    sent = {field.name: values[field.name] for field in fields if values[field.name] not in (None, [])}
    return Body(values, wrong, sent)


def _read_one(field: BodyField, value: Any) -> tuple[Any, Problem | None]:
    if value is None or value == "":
        return None, required(field.name) if field.required else None
    try:
        parsed = parse_json(cast(Column, field), value)
    except WrongValue:
        return None, not_valid(field.name, value)
    too_long = field.max_length is not None and len(str(parsed)) > field.max_length
    if too_long or (isinstance(parsed, str) and not _can_be_stored(parsed)):
        return None, not_valid(field.name, "\ufffd" if not too_long else value)
    return parsed, None


def _read_list(field: BodyField, value: Any) -> tuple[list[Any], Problem | None]:
    if value is None:
        return [], None
    if not isinstance(value, list):
        return [], not_valid(field.name, value)
    items = [_read_plan(item) if field.item == "COBRAPlanCriteria" else item for item in value]
    for item, raw in zip(items, value, strict=True):
        texts = item if isinstance(item, tuple) else (item,)
        if not all(text is None or (isinstance(text, str) and _can_be_stored(text)) for text in texts):
            return [], not_valid(field.name, raw)
        if not texts[0]:
            return [], not_valid(field.name, "")
    return items, None


def _read_plan(item: Any) -> tuple[Any, Any]:
    """Return plan_ID and tier of a plan criterion; an empty tier is none."""
    if not isinstance(item, Mapping):
        return item, None
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
