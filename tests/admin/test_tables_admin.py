"""The admin of mirrored tables: every table is wired, and who may do what."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse

from groups.models import Group, GroupDivision
from tables.admin.table_admin import TableAdmin
from tables.context import databases
from tables.schema.column import STAMPS, Kind
from tables.schema.columns import columns, sections
from tables.schema.registry import all_tables
from tests.admin.pages import Clerk, address, errors_of
from tests.admin.records import every_table, have, have_with_parents
from tests.roles import give_rights, give_role

pytestmark = pytest.mark.django_db(databases="__all__")


@every_table
def test_every_table_has_an_admin_of_its_own(model):
    assert isinstance(admin.site._registry[model], TableAdmin)


@every_table
def test_a_record_shows_every_column_exactly_once_in_the_tabs_of_its_model(clerk, model):
    record = have_with_parents(model)[-1]
    response = clerk.get(address(model, "change", record.pk))
    panels = [*response.context["panels"], *filter(None, [response.context["stamps"]])]
    shown = [cell.column.db for panel in panels for cell in panel.cells]
    assert sorted(shown) == sorted(column.db for column in columns(model))
    assert [panel.title for panel in panels] == list(sections(model))
    assert shown[: len(model.key)] == list(model.key)
    page = response.content.decode()
    for column in columns(model):
        if not column.is_stamp:
            assert page.count(f'id="id_{column.db}_helptext"') == 1, column.db
            assert page.count(f'title="{column.api}"') == 1, column.api


@every_table
def test_inputs_know_what_their_columns_hold(clerk, model):
    *_, record = have_with_parents(model)
    form = clerk.get(address(model, "change", record.pk)).context["adminform"].form
    for column in columns(model):
        if column.is_key or column.is_stamp:
            assert column.db not in form.fields
            continue
        attributes = form.fields[column.db].widget.attrs
        if column.kind is Kind.TEXT and column.max_length:
            assert attributes["maxlength"] == column.max_length
        widget = str(form[column.db])
        assert ("<textarea" in widget) == (column.kind is Kind.TEXT and column.max_length is None)
        assert ("<select" in widget) == (column.kind is Kind.FLAG and column.nullable)
        assert ('type="checkbox"' in widget) == (column.kind is Kind.FLAG and not column.nullable)
        assert ("vDateField" in widget) == (column.kind is Kind.DAY)


@every_table
def test_every_column_is_saved_at_its_greatest_and_read_back_the_same(clerk, model):
    *_, record = have_with_parents(model)
    sent = {}
    for column in columns(model):
        if column.is_key or column.is_stamp:
            continue
        sent[column.db] = {
            Kind.TEXT: " " + "é" * ((column.max_length or 3000) - 2) + " " if column.max_length != 1 else "é",
            Kind.INTEGER: str(-(2**31)),
            Kind.NUMBER: "12345678901234567890.123456789000",
            Kind.FLAG: "true" if column.nullable else "on",
            Kind.DAY: "2024-06-30",
            Kind.MOMENT: "2024-06-30 07:08:09.123456+00:00",
        }[column.kind]
    if model is GroupDivision or model is Group:
        sent["disenroll_date"] = "2999-12-31"
    response = clerk.send(address(model, "change", record.pk), **sent)
    assert response.status_code == 302, errors_of(response)
    stored = clerk.stored(model, pk=record.pk)
    for name, value in sent.items():
        now = getattr(stored, name)
        shown = {True: "true" if value == "true" else "on"}.get(now, str(now)) if now is True else str(now)
        assert shown == value, name


@every_table
def test_saving_a_record_untouched_changes_nothing_not_even_its_stamps(clerk, model):
    *_, record = have_with_parents(model)
    with databases.using("VBA_Demo"):
        texts = [c for c in columns(model) if c.kind is Kind.TEXT and not c.is_key and not c.is_stamp]
        for column in texts:
            value = " a\r\nb\n c " if column.max_length is None else " x\ny  "[-column.max_length :]
            setattr(record, column.db, value)
        record.save()
    before = clerk.stored(model, pk=record.pk)
    assert clerk.send(address(model, "change", record.pk)).status_code == 302
    after = clerk.stored(model, pk=record.pk)
    for column in columns(model):
        assert getattr(after, column.db) == getattr(before, column.db), column.db


def test_who_may_only_look_sees_every_column_and_no_buttons(clerk, bob):
    have(Group, name="Acme", notes="first\nsecond", caserate=Decimal("1000.50"), use_employer_state=None)
    give_role(bob, "Viewer")
    response = clerk.get(address(Group, "change", "G1"))
    page = response.content.decode()
    shown = [cell.column.db for panel in response.context["panels"] for cell in panel.cells]
    assert sorted([*shown, *STAMPS]) == sorted(column.db for column in columns(Group))
    assert "Acme" in page
    assert 'name="_save"' not in page
    assert f"{address(GroupDivision, 'add')}" not in page
    assert clerk.client.post(address(Group, "change", "G1"), {"name": "X"}).status_code == 403
    assert clerk.get(address(Group, "add")).status_code == 403
    assert clerk.get(address(Group, "delete", "G1")).status_code == 403


def test_the_sidebar_leads_to_every_table_that_the_user_may_see(clerk, bob, alice):
    for model in all_tables():
        assert f'href="{address(model, "changelist")}"' in clerk.get(reverse("admin:index")).content.decode()
    assert reverse("admin:auth_user_changelist") not in clerk.get(reverse("admin:index")).content.decode()
    assert (
        reverse("admin:auth_user_changelist") in Clerk.of(alice).get(reverse("admin:index")).content.decode()
    )
    give_rights(bob)
    assert address(Group, "changelist") not in clerk.get(reverse("admin:index")).content.decode()
