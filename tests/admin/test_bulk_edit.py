"""Editing chosen columns of selected rows: the way, what is refused, and that only the preview is written."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.db import connections
from django.test.utils import CaptureQueriesContext

from enrollment.models import Reason, SubEnrollment
from groups.models import Group, GroupDivision
from members.models import Member
from planyears.models import GroupPlanYear
from processes.models import VBAProcess
from tables.context import databases
from tables.history.models import HistoryEntry
from tables.schema.registry import all_tables
from tables.write import selecting
from tables.write.bulk_editing import editable
from tables.write.sql.locks import wait_for_other_loads
from tests.admin.pages import Clerk, address, text_of
from tests.admin.records import every_table, have, have_with_parents, least, numbered
from tests.roles import give_role

pytestmark = pytest.mark.django_db(databases="__all__")

JANUARY, JUNE, DECEMBER = (datetime.date(2024, month, day) for month, day in ((1, 1), (6, 30), (12, 31)))
EDITED = [model for model in all_tables() if model is not VBAProcess]


@pytest.fixture
def groups():
    """Three groups, two of them in Oregon."""
    return [
        have(Group, group_id=f"G{n}", name=f"Group {n}", state=state)
        for n, state in enumerate(("OR", "OR", "WA"))
    ]


@pytest.fixture
def years():
    """Two plan years of G1 / D1: the calendar year, and one that begins in July."""
    have_with_parents(GroupDivision)
    return [
        have(GroupPlanYear, plan_year="CY", from_date=JANUARY, thru_date=DECEMBER),
        have(GroupPlanYear, plan_year="FY", from_date=datetime.date(2024, 7, 1), thru_date=DECEMBER),
    ]


class Edit:
    """The edit of some rows of a table by one clerk: what the pages post, step by step."""

    def __init__(self, clerk, records, *, query="", across=False):
        self.clerk, self.model = clerk, type(records[0])
        self.url = address(self.model, "changelist") + query
        self.posted = {
            "action": "edit_columns",
            "_selected_action": [record.pk for record in records],
            "select_across": "1" if across else "0",
        }

    def post(self, step, values, **more):
        """Post a step with the values of columns, as the form's inputs have them."""
        chosen = {"column": list(values), "typed": list(values)}
        inputs = {f"set-{name}": value for name, value in values.items() if value is not None}
        return self.clerk.client.post(self.url, {**self.posted, "step": step, **chosen, **inputs, **more})

    def preview(self, **values):
        return self.post("preview", values)

    def write(self, **values):
        """Look at the preview, then write what it showed."""
        return self.confirm(self.preview(**values), **values)

    def confirm(self, preview, **values):
        return self.post("write", values, previewed=preview.context["edited"].digest)


def told(response):
    """Return the messages of an answer that leads back to the list."""
    assert response.status_code == 302, text_of(response)
    return [str(message) for message in get_messages(response.wsgi_request)]


def numbers(preview):
    """Return how many rows would change, are as wanted, and are refused."""
    edited = preview.context["edited"]
    return len(edited.updated), edited.unchanged, len(edited.refused)


# --- the way ---


def test_a_clerk_chooses_columns_types_values_sees_the_preview_and_writes_it(clerk, groups):
    edit = Edit(clerk, groups)
    begun = clerk.client.post(edit.url, {**edit.posted, "index": 0})
    assert "Edit columns of 3 groups" in text_of(begun)
    assert 'name="column" value="state"' in begun.content.decode()
    values = edit.post("values", {"state": None})
    assert 'name="set-state"' in values.content.decode()
    assert "empties the column" in text_of(values)
    preview = edit.preview(state="WA")
    assert "2 groups change" in text_of(preview)
    assert "1 has these values already" in text_of(preview)
    assert "G0 OR → WA G1 OR → WA" in text_of(preview)
    assert clerk.count(Group, state="WA") == 1
    assert told(edit.confirm(preview, state="WA")) == ["Changed 2 groups: State. 1 already had these values."]
    assert clerk.count(Group, state="WA") == 3
    assert [clerk.stored(Group, pk=pk).update_user for pk in ("G0", "G1", "G2")] == ["bob", "bob", "somebody"]
    assert clerk.stored(Group, pk="G0").name == "Group 0"


def test_the_history_tells_who_changed_what_but_lists_no_unchanged_row(clerk, groups):
    Edit(clerk, groups).write(state="WA")
    with databases.using("VBA_Demo"):
        found = HistoryEntry.objects.filter(action="updated").order_by("row_key")
        lines = [(each.row_key, each.actor, each.source, each.changes) for each in found]
    assert lines == [([key], "bob", "admin", {"state": ["OR", "WA"]}) for key in ("G0", "G1")]


def test_values_of_every_kind_are_read_as_on_a_records_page(clerk, groups):
    names = {"renewal_date": "2025-02-03", "name": 'Pine, "Ltd" <b>', "state": ""}
    Edit(clerk, groups).write(**names)
    group = clerk.stored(Group, pk="G2")
    assert (group.renewal_date, group.name, group.state) == (
        datetime.date(2025, 2, 3),
        'Pine, "Ltd" <b>',
        None,
    )


def test_wrong_values_are_shown_beside_their_fields_and_nothing_is_written(clerk, groups):
    page = Edit(clerk, groups).preview(renewal_date="next year", state="OREGON" * 20)
    assert page.context["step"] == "values"
    assert set(page.context["form"].errors) == {"renewal_date", "state"}
    assert "Renewal Date must be a date (YYYY-MM-DD)" in text_of(page)
    assert clerk.count(Group, state="OR") == 2


def test_what_was_typed_survives_going_back_and_choosing_more(clerk, groups):
    edit = Edit(clerk, groups)
    typed = {"state": "WA", "name": 'A & "B"'}
    back = edit.post("columns", typed)
    assert back.context["step"] == "columns"
    assert set(back.context["carried"]) == {
        ("typed", "state"),
        ("typed", "name"),
        ("set-state", "WA"),
        ("set-name", 'A & "B"'),
    }
    assert 'value="A &amp; &quot;B&quot;"' in back.content.decode()
    again = edit.post("values", typed, column=["state", "name", "city"])
    form = again.context["form"]
    assert [form[name].value() for name in ("state", "name", "city")] == ["WA", 'A & "B"', None]
    assert not form.errors
    # What is not chosen any more goes along as well, should it be chosen again.
    fewer = edit.post("values", typed, column=["state"])
    assert ("set-name", 'A & "B"') in fewer.context["carried"]


def test_the_form_says_what_the_rows_hold_now(clerk, groups):
    with databases.using("VBA_Demo"):
        Group.objects.filter(pk="G2").update(city="Salem", name=None)
    page = text_of(Edit(clerk, groups).post("values", dict.fromkeys(("state", "city", "name", "zip_code"))))
    for now in ("2 different values.", "Salem, 2 empty.", "2 different values, 1 empty.", "empty."):
        assert f"Now: {now}" in page


def test_choosing_no_column_is_reported(clerk, groups):
    page = Edit(clerk, groups).post("values", {})
    assert "Choose at least one column." in text_of(page)


def test_nothing_to_change_offers_no_button(clerk, groups):
    preview = Edit(clerk, groups[:2]).preview(state="OR")
    assert numbers(preview) == (0, 2, 0)
    assert 'value="write"' not in preview.content.decode()


@pytest.mark.parametrize("model", EDITED, ids=lambda model: model.__name__)
def test_every_table_previews_and_writes_its_columns(clerk, model):
    *_, record = have_with_parents(model)
    inputs = {"flag": "true", "day": "2031-01-02", "integer": "7", "number": "7.25", "text": "9"}
    inputs["moment"] = "2031-01-02 03:04:05"
    columns = {column.kind.value: column for group in editable(model).values() for column in group}
    values = {column.db: inputs[kind] for kind, column in columns.items() if not column.db.startswith("end")}
    form = Edit(clerk, [record]).post("values", dict.fromkeys(column.db for column in columns.values()))
    assert text_of(form).count("Now: ") == len(columns)
    preview = Edit(clerk, [record]).preview(**values)
    assert numbers(preview) == (1, 0, 0), text_of(preview)
    told(Edit(clerk, [record]).confirm(preview, **values))
    stored = clerk.stored(model, pk=record.pk)
    for kind, column in columns.items():
        if kind == "number" and column.db in values:
            assert getattr(stored, column.db) == Decimal("7.25")
        if kind == "text" and column.db in values:
            assert getattr(stored, column.db) == "9"


# --- refused rows ---


def test_a_row_that_a_rule_refuses_is_named_with_its_reason_and_the_others_are_written(clerk, years):
    edit = Edit(clerk, years)
    preview = edit.preview(thru_date="2024-06-30")
    assert numbers(preview) == (1, 0, 1)
    assert "G1 / D1 / FY Thru Date Thru Date must" in text_of(preview)
    changed, refused = told(edit.confirm(preview, thru_date="2024-06-30"))
    assert changed == "Changed 1 plan year: Thru Date."
    assert refused == "1 plan year rejected and left unchanged: G1 / D1 / FY."
    assert clerk.stored(GroupPlanYear, plan_year="CY").thru_date == JUNE
    assert clerk.stored(GroupPlanYear, plan_year="FY").thru_date == DECEMBER


def test_enrollments_that_would_overlap_are_refused(clerk):
    *_, first = have_with_parents(SubEnrollment, end_date=datetime.date(2024, 1, 31))
    second = have(SubEnrollment, start_date=datetime.date(2024, 3, 1), end_date=None)
    preview = Edit(clerk, [first]).preview(end_date="2024-03-01")
    assert numbers(preview) == (0, 0, 1)
    assert numbers(Edit(clerk, [first]).preview(end_date="2024-02-29")) == (1, 0, 0)
    assert second.end_date is None


# --- which rows ---


def test_all_rows_of_a_filtered_list_are_edited_and_no_others(clerk, groups):
    edit = Edit(clerk, groups[:1], query="?state=OR", across=True)
    assert "Edit columns of 2 groups" in text_of(edit.post("", {}))
    assert told(edit.write(state="ID")) == ["Changed 2 groups: State."]
    assert (clerk.count(Group, state="ID"), clerk.count(Group, state="WA")) == (2, 1)


def test_all_rows_that_a_search_finds_are_edited_and_no_others(clerk):
    *_, first = have_with_parents(Member, last_name="Juniper")
    have(Member, **numbered(Member, 1), last_name="Juniper")
    have(Member, **numbered(Member, 2), last_name="Alder")
    edit = Edit(clerk, [first], query="?q=juniper", across=True)
    assert told(edit.write(relationship="C")) == ["Changed 2 members: Relationship."]
    assert clerk.count(Member, relationship="C") == 2


def test_too_many_rows_are_refused_with_the_way_to_go(clerk, groups, monkeypatch):
    monkeypatch.setattr("tables.admin.selecting.MOST_ROWS", 2)
    edit = Edit(clerk, groups, across=True)
    (text,) = told(edit.post("", {}))
    assert "3 groups are selected, but at most 2 can be edited at once." in text
    assert "Load a file</u></a>" in text
    told(edit.post("write", {"state": "ID"}))
    assert clerk.count(Group, state="ID") == 0


def test_ten_thousand_rows_is_the_limit():
    assert selecting.MOST_ROWS == 10_000


def test_rows_that_were_deleted_are_not_created_again(clerk, groups):
    edit = Edit(clerk, groups)
    preview = edit.preview(state="ID")
    with databases.using("VBA_Demo"):
        Group.objects.get(pk="G1").delete()
    page = edit.confirm(preview, state="ID")
    assert "Something changed after the preview." in text_of(page)
    assert clerk.count(Group, state="ID") == 0
    assert told(edit.confirm(page, state="ID")) == ["Changed 2 groups: State."]
    assert clerk.count(Group) == 2


def test_selected_rows_that_are_all_gone_are_reported(clerk, groups):
    with databases.using("VBA_Demo"):
        Group.objects.all().delete()
    assert told(Edit(clerk, groups).preview(state="ID")) == ["The selected groups no longer exist."]


def test_after_a_change_since_the_preview_another_one_is_shown_and_nothing_written(clerk, years):
    edit = Edit(clerk, years)
    preview = edit.preview(thru_date="2024-12-30")
    with databases.using("VBA_Demo"):
        # Not the edited column, but one that decides whether it may be.
        GroupPlanYear.objects.filter(plan_year="CY").update(from_date=DECEMBER)
    page = edit.confirm(preview, thru_date="2024-12-30")
    assert "Something changed after the preview." in text_of(page)
    assert (numbers(preview), numbers(page)) == ((2, 0, 0), (1, 0, 1))
    assert clerk.count(GroupPlanYear, thru_date=DECEMBER) == 2
    told(edit.confirm(page, thru_date="2024-12-30"))
    assert clerk.count(GroupPlanYear, thru_date=DECEMBER) == 1


def test_a_value_that_someone_else_has_typed_since_is_shown_before_it_is_written_over(clerk, groups):
    edit = Edit(clerk, groups)
    preview = edit.preview(state="ID")
    with databases.using("VBA_Demo"):
        Group.objects.filter(pk="G0").update(state="CA")
    page = edit.confirm(preview, state="ID")
    assert "G0 CA → ID" in text_of(page)
    assert clerk.count(Group, state="ID") == 0


def test_other_values_than_the_previewed_are_not_written(clerk, groups):
    edit = Edit(clerk, groups)
    preview = edit.preview(state="ID")
    page = edit.confirm(preview, state="NV")
    assert "Something changed after the preview." in text_of(page)
    edit.post("write", {"state": "NV"})
    assert clerk.count(Group, state="NV") == 0


def test_a_file_that_is_being_loaded_is_not_waited_for_without_end(clerk, groups):
    edit = Edit(clerk, groups)
    preview = edit.preview(state="ID")
    connection = connections["VBA_Demo"]
    other = connection.get_new_connection(connection.get_connection_params())
    try:
        other.execute(wait_for_other_loads(Group).replace("xact_", ""))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")  # the web server's own is longer
        page = edit.confirm(preview, state="ID")
    finally:
        # The server lets go of a closed connection's locks some time after; the edit has 50 ms.
        other.execute("SELECT pg_advisory_unlock_all()")
        other.close()
    assert "Nothing was changed. Someone else is changing these records" in text_of(page)
    assert page.context["form"]["state"].value() == "ID"
    assert told(edit.confirm(preview, state="ID")) == ["Changed 3 groups: State."]


# --- rights ---


def test_a_viewer_has_no_such_action_and_a_crafted_one_changes_nothing(carol, groups):
    give_role(carol, "Viewer", "VBA_Demo")
    viewer = Clerk.of(carol)
    assert "edit_columns" not in viewer.get(address(Group, "changelist")).content.decode()
    edit = Edit(viewer, groups)
    for step in ("", "preview", "write"):
        answer = edit.post(step, {"state": "ID"}, previewed="x")
        assert answer.templates == [] or "tables/edit_selected.html" not in [t.name for t in answer.templates]
    assert viewer.count(Group, state="ID") == 0


def test_the_permission_counts_in_the_database_that_is_chosen(carol, groups):
    give_role(carol, "Viewer", "VBA_Demo")
    give_role(carol, "Administrator", "VBA_Acme")
    clerk = Clerk.of(carol)
    assert "edit_columns" not in clerk.get(address(Group, "changelist")).content.decode()


@every_table
def test_keys_stamps_and_sensitive_columns_are_neither_offered_nor_taken(clerk, model):
    offered = {column.db for group in editable(model).values() for column in group}
    kept = set(model.key) | {"entry_date", "entry_user", "update_date", "update_user", "ssn", "id"}
    assert offered
    assert not offered & kept


def test_a_crafted_request_for_a_masked_column_a_key_or_no_column_is_refused(clerk):
    *_, person = have_with_parents(Member, ssn="900-12-3456")
    edit = Edit(clerk, [person])
    for name in ("ssn", "subscriber_id", "update_user", "id", "no_such"):
        for step in ("values", "preview", "write"):
            page = edit.post(step, {name: "1", "last_name": "Salem"}, previewed="x")
            assert f"These columns cannot be edited here: {name}." in text_of(page)
            assert "900-12-3456" not in page.content.decode()
    stored = clerk.stored(Member, pk=person.pk)
    assert (stored.ssn, stored.last_name) == ("900-12-3456", person.last_name)


def test_what_the_worker_runs_is_not_edited_in_the_list(clerk):
    record = have(VBAProcess)
    assert "edit_columns" not in clerk.get(address(VBAProcess, "changelist")).content.decode()
    Edit(clerk, [record]).post("preview", {"description": "x"})
    assert clerk.count(VBAProcess, description="x") == 0


# --- many ---


def test_the_number_of_queries_does_not_grow_with_the_rows(clerk):
    def queries(count):
        """Edit so many reasons; count the statements of the preview and of the write."""
        with databases.using("VBA_Demo"):
            Reason.objects.all().delete()
            made = [Reason(**least(Reason, **numbered(Reason, n)), **stamps) for n in range(count)]
            Reason.objects.bulk_create(made)
            edit = Edit(clerk, [Reason.objects.first()], across=True)
        with CaptureQueriesContext(connections["VBA_Demo"]) as previewing:
            preview = edit.preview(description="Retired")
        with CaptureQueriesContext(connections["VBA_Demo"]) as writing:
            told(edit.confirm(preview, description="Retired"))
        assert clerk.count(Reason, description="Retired") == count
        return len(previewing), len(writing)

    stamps = dict.fromkeys(("entry_date", "update_date"), datetime.datetime.now(datetime.UTC))
    clerk.get(address(Reason, "changelist"))
    assert queries(2000) == queries(101)
    assert max(queries(2)) < 20
