"""The tables below families, and every door by which someone writes to them."""

from dataclasses import dataclass

from django.db.models import Model

from enrollment.models import MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from members.models import Authorization, Member
from tables.context import databases
from tables.schema.columns import by_any_name
from tests.admin.pages import Clerk, FormReader, address
from tests.api.families import AUTH, BASE, ENROLLMENT, ENROLLMENT_PLAN, MEMBER, MEMBER_PLAN, Kept


@dataclass(frozen=True)
class Below:
    """A table below families: a new record of S1, and a stored one that no process touches."""

    kept: Kept
    model: type[Model]
    new: dict[str, str]
    old: dict[str, str]
    old_at: str
    column: str

    def __str__(self):
        return self.kept.table

    def by_column(self, values):
        """Return a record's key and these values by the names of columns."""
        known = by_any_name(self.model)
        return {known[name.lower()].db: value for name, value in (self.kept.key | values).items()}


BELOW = [
    Below(MEMBER, Member, {"member_Seq": "07"}, {"member_Seq": "03"}, "/03", "last_Name"),
    Below(
        ENROLLMENT,
        SubEnrollment,
        {"division_ID": "B", "start_Date": "2024-04-01"},
        {"division_ID": "B", "end_Date": "2024-03-31"},
        "/G1/B/2024-01-01/2024-01-01",
        "policy_Number",
    ),
    Below(
        ENROLLMENT_PLAN,
        SubEnrollmentPlan,
        {"plan_ID": "NEW"},
        {"plan_ID": "OLD", "plan_End": "2024-02-28"},
        "/OLD/2024-01-01",
        "tier",
    ),
    Below(
        MEMBER_PLAN,
        MemEnrollmentPlan,
        {"plan_ID": "NEW"},
        {"plan_ID": "OLD", "plan_End": "2024-02-28"},
        "/2024-01-01/2024-01-01/plans/OLD/2024-01-01",
        "tier",
    ),
    Below(
        AUTH,
        Authorization,
        {"auth_Number": "AU7", "subscriber_ID": "S1", "member_Seq": "01", "approved_From": "2024-06-01"},
        {"auth_Number": "AU1", "subscriber_ID": "S1", "member_Seq": "03"},
        "/AU1",
        "status",
    ),
]


class Doors:
    """All doors to a table, as REST and the admin have them."""

    def __init__(self, f, user, below):
        self.f, self.clerk, self.below, self.kept, self.model = (
            f,
            Clerk.of(user),
            below,
            below.kept,
            below.model,
        )
        with databases.using("VBA_Demo"):
            key = {
                name: value for name, value in below.by_column(below.old).items() if name in below.model.key
            }
            self.pk = below.model.objects.get(**key).pk

    def _rest(self, method, path, body=None):
        send = getattr(self.f.client, method)
        return send(BASE + path, body, content_type="application/json", headers=self.f.headers)

    def rest_post(self):
        return self._rest("post", self.kept.made_at, self.kept.record(**self.below.new))

    def rest_put(self):
        record = self.kept.record(**self.below.old, **{self.below.column: "9"})
        return self._rest("put", self.old_at, record)

    def rest_batch(self):
        return self._rest("put", self.kept.batch_at, [self.kept.record(**self.below.new)])

    def rest_delete(self):
        return self._rest("delete", self.old_at)

    def form_add(self):
        record = self.kept.record(**self.below.new)
        texts = {name: value for name, value in record.items() if isinstance(value, str)}
        return self.clerk.send(address(self.model, "add"), **self.below.by_column(texts))

    def form_change(self):
        return self.clerk.send(address(self.model, "change", self.pk), **{self.column: "9"})

    def form_delete(self):
        return self.clerk.client.post(address(self.model, "delete", self.pk), {"post": "yes"})

    def edit_several(self):
        more = {"step": "preview", "column": self.column, "typed": self.column, f"set-{self.column}": "9"}
        return self._selected("edit_columns", more)

    def delete_several(self):
        reader = FormReader("delete_selected")
        reader.feed(self._selected("delete_selected", {}).content.decode())
        return self._selected("delete_selected", reader.fields)

    def _selected(self, action, more):
        selected = {"action": action, "_selected_action": [self.pk], "select_across": "0"}
        return self.clerk.client.post(address(self.model, "changelist"), {**more, **selected})

    @property
    def old_at(self):
        return self.kept.made_at + self.below.old_at

    @property
    def column(self):
        return by_any_name(self.model)[self.below.column.lower()].db


DOORS = [name for name in vars(Doors) if name.startswith(("rest_", "form_", "edit_", "delete_"))]
