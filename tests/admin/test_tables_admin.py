"""The admin of mirrored tables: lists, forms, parents and children, deleting; the same for every table."""

import datetime
import html
import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.acting import acting_as
from tables.admin import TableAdmin
from tables.columns import STAMPS, Kind, columns, key_columns, sections
from tables.registry import all_tables
from tests.admin.pages import Clerk, address, errors_of, text_of
from vbaadmin import databases

pytestmark = pytest.mark.django_db(databases="__all__")
every_table = pytest.mark.parametrize("model", all_tables(), ids=lambda model: model.__name__)

YESTERDAY, TODAY, TOMORROW = (
    datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=n) for n in (-1, 0, 1)
)
KEYS = {"group_id": "G1", "division_id": "D1", "plan_year": "CY2024"}
LINEAGE = (Group, GroupDivision, GroupPlanYear)


def least(model, **values):
    """Return the values of a record with the made-up key and only what is required."""
    required = {column.db: 1 for column in columns(model) if column.required and not column.is_key}
    flags = {column.db: False for column in columns(model) if column.kind is Kind.FLAG and column.required}
    return {**required, **flags, **{name: KEYS[name] for name in model.key}, **values}


def have(model, **values):
    """Store a record, stamped by somebody else."""
    with databases.using("VBA_Demo"), acting_as("somebody"):
        return model.objects.create(**least(model, **values))


def have_with_parents(model, **values):
    """Store a record and everything above it."""
    above = [have(parent) for parent in LINEAGE[: LINEAGE.index(model)]]
    return [*above, have(model, **values)]


@pytest.fixture
def clerk(bob):
    """Bob, a member of staff, at work in VBA_Demo."""
    return Clerk.of(bob)


def listed(response):
    """Return the keys of the rows that a list shows, in its order."""
    return [" / ".join(row.key_values()) for row in response.context["cl"].result_list]


# --- every table is wired ---


@every_table
def test_every_table_has_an_admin_of_its_own(model):
    assert isinstance(admin.site._registry[model], TableAdmin)


@every_table
def test_a_record_shows_every_column_exactly_once_in_the_tabs_of_its_model(clerk, model):
    record = have_with_parents(model)[-1]
    response = clerk.get(address(model, "change", record.pk))
    panels = [*response.context["panels"], response.context["stamps"]]
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


# --- stamps and what is kept ---


def test_saving_stamps_the_user_and_the_moment(clerk):
    assert clerk.send(address(Group, "add"), group_id="G7", name="Acme").status_code == 302
    added = clerk.stored(Group, group_id="G7")
    assert added.entry_user == added.update_user == "bob"
    have(Group)
    assert clerk.send(address(Group, "change", "G1"), name="Blue Harbor").status_code == 302
    changed = clerk.stored(Group, group_id="G1")
    assert (changed.entry_user, changed.update_user) == ("somebody", "bob")
    assert changed.update_date > changed.entry_date


def test_stamps_and_the_key_of_a_stored_record_cannot_be_sent(clerk):
    have(Group)
    clerk.send(
        address(Group, "change", "G1"), group_id="G2", update_user="mallory", entry_user="mallory", name="N"
    )
    assert clerk.count(Group) == 1
    stored = clerk.stored(Group, group_id="G1")
    assert (stored.name, stored.entry_user, stored.update_user) == ("N", "somebody", "bob")


def test_an_empty_text_is_stored_as_null_and_blanks_stay(clerk):
    have(Group, name="Acme", city="Bend")
    clerk.send(address(Group, "change", "G1"), name="", city=" Bend ")
    stored = clerk.stored(Group, group_id="G1")
    assert (stored.name, stored.city) == (None, " Bend ")


def test_numbers_keep_the_digits_they_have(clerk):
    have(Group, caserate=Decimal("1000.50"))
    page = clerk.get(address(Group, "change", "G1"))
    assert 'value="1000.50"' in page.content.decode()
    clerk.send(address(Group, "change", "G1"), name="Acme")
    assert str(clerk.stored(Group, group_id="G1").caserate) == "1000.50"
    clerk.send(address(Group, "change", "G1"), caserate="0.1000000000000000000000000000000001")
    assert str(clerk.stored(Group, group_id="G1").caserate) == "0.1000000000000000000000000000000001"


def test_a_change_writes_only_the_columns_that_were_changed(clerk):
    have(Group, name="Acme", city="Bend")
    with CaptureQueriesContext(connections["VBA_Demo"]) as queries:
        clerk.send(address(Group, "change", "G1"), city="Salem")
    (update,) = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert set(re.findall(r'"(\w+)" = ', update)) - {"group_id"} == {"city", "update_date", "update_user"}


def test_an_unknown_flag_is_a_third_choice(clerk):
    have(Group, use_employer_state=None)
    assert '<option value="unknown" selected>' in clerk.get(address(Group, "change", "G1")).content.decode()
    for choice, meaning in (("true", True), ("false", False), ("unknown", None)):
        clerk.send(address(Group, "change", "G1"), use_employer_state=choice)
        assert clerk.stored(Group, group_id="G1").use_employer_state is meaning


def test_a_new_record_starts_with_the_defaults_of_its_columns(clerk):
    assert clerk.send(address(Group, "add"), group_id="G1").status_code == 302
    assert clerk.stored(Group, group_id="G1").use_employer_state is False


def test_nothing_is_refused_for_its_format(clerk):
    have(Group)
    odd = {
        "contact_email_address": "call me",
        "phone": "none",
        "state": "??",
        "zip_code": "x",
        "check_birthday": "9",
    }
    assert clerk.send(address(Group, "change", "G1"), **odd).status_code == 302
    assert clerk.stored(Group, group_id="G1").contact_email_address == "call me"


def test_the_admin_log_stays_empty(clerk, alice):
    clerk.send(address(Group, "add"), group_id="G1")
    clerk.send(address(Group, "change", "G1"), name="Acme")
    clerk.client.post(address(Group, "delete", "G1"), {"post": "yes"})
    assert clerk.count(Group) == 0
    assert LogEntry.objects.count() == 0
    assert "Recent actions" not in text_of(Clerk.of(alice).get(reverse("admin:index")))


# --- what bad input gets ---


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("name", "x" * 51, "name has 51 characters; at most 50 are allowed."),
        ("name", "a\0b", "name contains a NUL character, which cannot be stored."),
        ("adult_age", "19.5", "adult_Age must be a whole number between -2147483648 and 2147483647."),
        ("adult_age", "2147483648", "adult_Age must be a whole number between -2147483648 and 2147483647."),
        ("caserate", "much", "caseRate must be a number of at most 60 digits."),
        ("caserate", "1e999999", "caseRate must be a number of at most 60 digits."),
        (
            "original_date",
            "2024-02-30",
            "original_Date must be a date (YYYY-MM-DD) between the years 1 and 9999.",
        ),
        ("original_date", "June", "original_Date must be a date (YYYY-MM-DD) between the years 1 and 9999."),
        ("notes", "a\0b", "notes contains a NUL character, which cannot be stored."),
    ],
)
def test_a_wrong_value_is_told_beside_its_field_in_the_words_of_the_api(clerk, column, value, text):
    have(Group)
    response = clerk.send(address(Group, "change", "G1"), **{column: value})
    assert errors_of(response) == {column: [text]}
    page = response.content.decode()
    assert f'href="#id_{column}"' in page, "the page lists the wrong fields as links"
    cell = page[page.index(f" field-{column} ") :]
    assert text in cell[: cell.index(f'id="id_{column}_helptext"')]


def test_all_wrong_fields_are_told_at_once_and_counted_on_their_tabs(clerk):
    have(Group)
    response = clerk.send(address(Group, "change", "G1"), city="x" * 26, adult_age="x", cutoff_age="y")
    assert set(errors_of(response)) == {"city", "adult_age", "cutoff_age"}
    counts = {panel.title: panel.errors for panel in response.context["panels"] if panel.errors}
    assert counts == {"Address": 1, "Enrollment and COBRA": 2}
    assert "3 fields to correct" in text_of(response)


def test_an_error_unfolds_the_retired_columns(clerk):
    have(Group)
    assert "<details>" in clerk.get(address(Group, "change", "G1")).content.decode()
    response = clerk.send(address(Group, "change", "G1"), claim_days_allowed="x")
    assert "<details>" not in response.content.decode().partition('data-panel="retired"')[2]


@every_table
def test_what_is_required_and_missing_is_told_beside_each_field(clerk, model):
    response = clerk.send(address(model, "add"))
    required = [c for c in columns(model) if c.required and c.kind is not Kind.FLAG]
    assert errors_of(response) == {column.db: [f"{column.api} is required."] for column in required}


@every_table
def test_a_key_that_exists_is_told_beside_it(clerk, model):
    have_with_parents(model)
    numbers = {c.db: "1" for c in columns(model) if c.required and c.kind is Kind.INTEGER}
    response = clerk.send(address(model, "add"), **{name: KEYS[name] for name in model.key}, **numbers)
    name = str(model._meta.verbose_name).capitalize()
    key = " / ".join(f"'{KEYS[column]}'" for column in model.key)
    assert errors_of(response) == {model.key[-1]: [f"{name} {key} already exists."]}


def test_keys_that_differ_in_case_or_blanks_are_different_keys(clerk):
    have(Group)
    for key in ("g1", "G1 ", " G1"):
        assert clerk.send(address(Group, "add"), group_id=key).status_code == 302
    assert clerk.count(Group) == 4


def test_an_unknown_parent_is_told_beside_the_key(clerk):
    response = clerk.send(
        address(GroupDivision, "add"), group_id="G9", division_id="A", tax_day_limit_type="1"
    )
    assert errors_of(response) == {"group_id": ["Group 'G9' was not found."]}
    have(Group)
    response = clerk.send(address(GroupPlanYear, "add"), group_id="G1", division_id="Z", plan_year="CY1")
    assert errors_of(response) == {"division_id": ["Division 'G1' / 'Z' was not found."]}


def test_rules_are_told_beside_their_fields(clerk):
    have_with_parents(GroupPlanYear)
    page = address(GroupPlanYear, "change", clerk.stored(GroupPlanYear).pk)
    response = clerk.send(page, from_date="2024-12-31", thru_date="2024-01-01")
    assert errors_of(response) == {"thru_date": ["thru_Date must not be before from_Date."]}
    response = clerk.send(
        page,
        from_date="2024-01-01",
        thru_date="2024-12-31",
        qtr4_from_date="2025-10-01",
        qtr4_thru_date="2025-09-30",
    )
    assert errors_of(response) == {
        "qtr4_thru_date": [
            "qtr4_Thru_Date must not be before qtr4_From_Date.",
            "qtr4_Thru_Date must not be after thru_Date.",
        ],
        "qtr4_from_date": ["qtr4_From_Date must not be after thru_Date."],
    }


def test_an_address_that_names_no_record_leads_back_to_the_start(clerk):
    for pk in ("G9", "a%00b", "_00", "99999999999999999999"):
        for model in (Group, GroupDivision):
            response = clerk.get(
                reverse("admin:index") + f"{model._meta.app_label}/{model._meta.model_name}/{pk}/change/"
            )
            assert response.status_code == 302


@every_table
def test_a_list_is_never_broken_by_a_query_it_cannot_answer(clerk, model):
    url = address(model, "changelist")
    for query in ("q=%00", "state=%00", "group_id=a%00b", "group_id__exact=%00", "p=99", "o=77", "status=x"):
        response = clerk.client.get(f"{url}?{query}", follow=True)
        assert response.status_code == 200, query
    shown = admin.site._registry[model].list_display
    day = next(column.db for column in columns(model) if column.kind is Kind.DAY and column.db in shown)
    assert "must be dates (YYYY-MM-DD)" in text_of(clerk.get(url, **{f"{day}_from": "June"}))


# --- lists ---


def test_a_list_is_searched_by_key_and_name(clerk):
    have(Group, group_id="A1", name="Blue Harbor Tools")
    have(Group, group_id="B2", name="Northam Bakery")
    assert listed(clerk.get(address(Group, "changelist"), q="harbor")) == ["A1"]
    assert listed(clerk.get(address(Group, "changelist"), q="b2")) == ["B2"]
    nothing = clerk.get(address(Group, "changelist"), q="nobody")
    assert "No groups match" in text_of(nothing)


def test_an_empty_list_says_what_to_do(clerk):
    assert "No groups yet Add the first group here" in text_of(clerk.get(address(Group, "changelist")))


def test_groups_are_filtered_by_state_status_and_days(clerk):
    have(Group, group_id="A", state="OH", original_date="2020-01-01")
    have(Group, group_id="B", state="TX", original_date="2021-01-01", disenroll_date=YESTERDAY)
    have(Group, group_id="C", state="TX", original_date="2022-01-01", disenroll_date=TODAY)
    have(Group, group_id="D", disenroll_date=TOMORROW)

    def found(**query):
        return listed(clerk.get(address(Group, "changelist"), **query))

    assert found(state="TX") == ["B", "C"]
    assert found(status="active") == ["A", "C", "D"]
    assert found(status="ends") == ["C", "D"]
    assert found(status="disenrolled") == ["B"]
    assert found(original_date_from="2020-06-01", original_date_to="2021-06-01") == ["B"]
    assert found(disenroll_date_from=str(TODAY)) == ["C", "D"]
    # What the filter form sends when only one of its inputs is used.
    assert found(state="", status="", original_date_from="", original_date_to="2020-01-01") == ["A"]


def test_a_list_offers_the_states_that_are_there(clerk):
    for n, state in enumerate(("TX", "OH", "TX", None)):
        have(Group, group_id=f"G{n}", state=state)
    page = clerk.get(address(Group, "changelist")).content.decode()
    select = page[page.index('<select name="state"') :].partition("</select>")[0]
    assert re.findall(r'<option value="([^"]*)"', select) == ["", "OH", "TX"]


def test_plan_years_are_filtered_by_their_parents_and_days(clerk):
    have_with_parents(GroupPlanYear, from_date="2024-01-01", thru_date="2024-12-31")
    have(GroupPlanYear, plan_year="CY2025", from_date="2025-01-01", thru_date="2025-12-31")
    found = clerk.get(address(GroupPlanYear, "changelist"), group_id="G1", from_date_from="2025-01-01")
    assert listed(found) == ["G1 / D1 / CY2025"]
    assert listed(clerk.get(address(GroupPlanYear, "changelist"), group_id="G")) == []


def test_a_list_is_sorted_by_any_of_its_columns(clerk):
    have(Group, group_id="A", name="Zebra")
    have(Group, group_id="B", name="Acme")
    assert listed(clerk.get(address(Group, "changelist"))) == ["A", "B"]
    assert listed(clerk.get(address(Group, "changelist"), o="2")) == ["B", "A"]


def test_badges_tell_who_is_active_who_ends_and_who_has_left(clerk):
    have(Group, group_id="A")
    have(Group, group_id="B", disenroll_date=YESTERDAY)
    have(Group, group_id="C", disenroll_date=TODAY)
    page = text_of(clerk.get(address(Group, "changelist")))
    for badge in ("Active", "Disenrolled", f"Ends {TODAY}"):
        assert badge in page
    assert f"Ends {TODAY}" in text_of(clerk.get(address(Group, "change", "C")))


@every_table
def test_a_list_costs_as_many_queries_for_60_rows_as_for_10(clerk, model):
    last = key_columns(model)[-1].db
    have_with_parents(model)

    def queries():
        with (
            CaptureQueriesContext(connections["VBA_Demo"]) as target,
            CaptureQueriesContext(connections["default"]) as control,
        ):
            clerk.get(address(model, "changelist"))
        return len(target), len(control)

    for n in range(9):
        have(model, **{last: f"N{n}"})
    few = queries()
    for n in range(9, 59):
        have(model, **{last: f"N{n}"})
    assert queries() == few
    assert few[0] <= 3


@pytest.mark.parametrize("model", LINEAGE[:2], ids=lambda model: model.__name__)
def test_a_page_costs_as_many_queries_for_60_children_as_for_10(clerk, model):
    child = LINEAGE[LINEAGE.index(model) + 1]
    *_, record = have_with_parents(model)

    def queries():
        with CaptureQueriesContext(connections["VBA_Demo"]) as target:
            clerk.get(address(model, "change", record.pk))
        return len(target)

    for n in range(10):
        have(child, **{child.key[-1]: f"N{n}"})
    few = queries()
    for n in range(10, 60):
        have(child, **{child.key[-1]: f"N{n}"})
    # One more counts the children that the page does not show.
    assert queries() == few + 1
    assert few <= 4


# --- parents and children ---


def test_a_group_lists_its_divisions_and_a_division_its_plan_years_with_links_both_ways(clerk):
    group, division, year = have_with_parents(GroupPlanYear)
    have(Group, group_id="G2")
    have(GroupDivision, group_id="G2", division_id="OTHER")
    (divisions,) = clerk.get(address(Group, "change", group.pk)).context["related_lists"]
    assert (divisions.title, divisions.count, len(divisions.rows)) == ("Divisions", 1, 1)
    page = clerk.get(address(Group, "change", group.pk)).content.decode()
    assert f'href="{address(GroupDivision, "change", division.pk)}"' in page
    assert f'href="{address(GroupDivision, "changelist")}?group_id=G1"' in page
    page = clerk.get(address(GroupDivision, "change", division.pk)).content.decode()
    assert f'href="{address(Group, "change", group.pk)}"' in page
    assert f'href="{address(GroupPlanYear, "change", year.pk)}"' in page
    page = clerk.get(address(GroupPlanYear, "change", year.pk)).content.decode()
    assert f'href="{address(Group, "change", group.pk)}"' in page
    assert f'href="{address(GroupDivision, "change", division.pk)}"' in page


def test_a_page_shows_the_first_50_children_and_where_the_others_are(clerk):
    have(Group)
    for n in range(55):
        have(GroupDivision, division_id=f"D{n:02}")
    response = clerk.get(address(Group, "change", "G1"))
    (divisions,) = response.context["related_lists"]
    assert (divisions.count, len(divisions.rows)) == (55, 50)
    assert "All 55 divisions" in text_of(response)


def test_a_division_and_a_plan_year_are_added_from_above_without_retyping_a_key(clerk):
    have(Group, name="Acme")
    page = clerk.get(address(Group, "change", "G1")).content.decode()
    add = f"{address(GroupDivision, 'add')}?group_id=G1"
    assert f'href="{add}"' in page
    assert 'name="group_id" value="G1"' in clerk.get(add).content.decode()
    # Whatever is sent for the key that the address carries, it stays.
    response = clerk.send(add, group_id="OTHER", division_id="A B", tax_day_limit_type="1")
    assert response.url == f"{address(Group, 'change', 'G1')}#divisions"
    division = clerk.stored(GroupDivision, group_id="G1", division_id="A B")
    page = clerk.get(address(GroupDivision, "change", division.pk)).content.decode()
    add = f"{address(GroupPlanYear, 'add')}?group_id=G1&division_id=A+B"
    assert f'href="{add.replace("&", "&amp;")}"' in page
    response = clerk.send(add, plan_year="CY2024", from_date="2024-01-01", thru_date="2024-12-31")
    assert response.url == f"{address(GroupDivision, 'change', division.pk)}#plan-years"
    assert clerk.count(GroupPlanYear, group_id="G1", division_id="A B", plan_year="CY2024") == 1


def test_add_another_keeps_the_parent(clerk):
    have(Group)
    add = f"{address(GroupDivision, 'add')}?group_id=G1"
    response = clerk.send(add, division_id="A", tax_day_limit_type="1", _save=None, _addanother="1")
    assert response.url == add


def test_a_list_narrowed_to_a_parent_names_it_and_adds_under_it(clerk):
    have(Group, name="Acme")
    response = clerk.get(address(GroupDivision, "changelist"), group_id="G1")
    assert "Group G1 · Acme Show all divisions" in text_of(response)
    add = re.search(rf'href="({address(GroupDivision, "add")}[^"]*)"', response.content.decode())[1]
    assert 'name="group_id" value="G1"' in clerk.get(add.replace("&amp;", "&")).content.decode()


def test_a_parent_in_the_address_that_does_not_exist_can_be_corrected(clerk):
    have(Group)
    add = f"{address(GroupDivision, 'add')}?group_id=NOBODY"
    response = clerk.send(add, division_id="A", tax_day_limit_type="1")
    assert errors_of(response) == {"group_id": ["Group 'NOBODY' was not found."]}
    assert clerk.send(add, group_id="G1", division_id="A", tax_day_limit_type="1").status_code == 302


@pytest.mark.parametrize("key", ["A/B", "_41", "é ñ", 'q"<b>', "50%", "a?b#c", "'; --", "{{ 7 }}"])
def test_a_key_of_any_characters_works_on_every_page(clerk, key):
    response = clerk.send(address(Group, "add"), group_id=key)
    assert response.status_code == 302
    page = clerk.client.get(response.url).content.decode()
    (link,) = re.findall(r'The group “<a href="([^"]+)">', page)
    assert clerk.client.get(html.unescape(link)).status_code == 200, "the message's link opens the new record"
    (link,) = re.findall(rf'<th[^>]*>\s*<a href="({address(Group, "changelist")}[^"]+/change/)"', page)
    link = html.unescape(link)
    response = clerk.client.get(link)
    assert response.context["original"].group_id == key
    (divisions,) = response.context["related_lists"]
    clerk.send(divisions.add_url, division_id="A", tax_day_limit_type="1")
    assert clerk.count(GroupDivision, group_id=key) == 1
    assert listed(clerk.client.get(divisions.list_url)) == [f"{key} / A"]
    assert "still has 1 division" in clerk.client.get(link.replace("/change/", "/delete/")).content.decode()


# --- deleting ---


def test_a_group_with_divisions_is_not_deleted_and_the_page_counts_them(clerk):
    have(Group)
    for n in range(3):
        have(GroupDivision, division_id=f"D{n}")
    page = address(Group, "delete", "G1")
    response = clerk.get(page)
    assert "Group 'G1' still has 3 divisions and cannot be deleted." in response.content.decode().replace(
        "&#x27;", "'"
    )
    assert f'href="{address(GroupDivision, "changelist")}?group_id=G1"' in response.content.decode()
    assert 'name="post"' not in response.content.decode()
    clerk.client.post(page, {"post": "yes"})
    assert clerk.count(Group) == 1


def test_a_delete_page_does_not_read_the_children(clerk):
    have(Group)
    for n in range(3):
        have(GroupDivision, division_id=f"D{n}")
    with CaptureQueriesContext(connections["VBA_Demo"]) as queries:
        clerk.get(address(Group, "delete", "G1"))
    assert [
        query["sql"] for query in queries if "address2" in query["sql"] and "groupdivision" in query["sql"]
    ] == []


@every_table
def test_a_record_without_children_is_deleted_once_confirmed(clerk, model):
    *_, record = have_with_parents(model)
    page = address(model, "delete", record.pk)
    assert 'name="post"' in clerk.get(page).content.decode()
    assert clerk.client.post(page, {"post": "yes"}).status_code == 302
    assert clerk.count(model) == 0


def selected(*keys, **more):
    return {"action": "delete_selected", "_selected_action": keys, **more}


def test_deleting_several_deletes_those_without_children_and_names_the_others(clerk):
    have_with_parents(GroupDivision)
    have(Group, group_id="G2")
    have(Group, group_id="G3")
    url = address(Group, "changelist")
    asked = clerk.client.post(url, selected("G1", "G2"))
    page = text_of(asked)
    assert "Delete 1 group?" in page
    assert "1 stays, for other records belong to it: G1" in page
    assert clerk.count(Group) == 3
    done = text_of(clerk.client.post(url, selected("G1", "G2", post="yes"), follow=True))
    assert "Deleted 1 group." in done
    assert "1 group not deleted, for other records belong to them: G1." in done
    assert clerk.count(Group) == 2


def test_deleting_all_rows_of_a_filtered_list_touches_no_others(clerk):
    have_with_parents(GroupPlanYear)
    have(GroupDivision, division_id="D2")
    have(GroupPlanYear, division_id="D2")
    url = f"{address(GroupPlanYear, 'changelist')}?division_id=D2"
    year = clerk.stored(GroupPlanYear, division_id="D2")
    chosen = selected(year.pk, select_across="1")
    assert "Delete 1 plan year?" in text_of(clerk.client.post(url, chosen))
    clerk.client.post(url, {**chosen, "post": "yes"})
    assert clerk.count(GroupPlanYear, division_id="D2") == 0
    assert clerk.count(GroupPlanYear) == 1


# --- who may what ---


def test_who_may_only_look_sees_every_column_and_no_buttons(clerk, bob):
    have(Group, name="Acme", notes="first\nsecond", caserate=Decimal("1000.50"), use_employer_state=None)
    bob.user_permissions.set(bob.user_permissions.filter(codename__startswith="view_"))
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
    bob.user_permissions.clear()
    assert address(Group, "changelist") not in clerk.get(reverse("admin:index")).content.decode()


def test_a_new_record_marks_the_tabs_that_must_be_filled(clerk):
    response = clerk.get(address(GroupDivision, "add"))
    assert [panel.title for panel in response.context["panels"] if panel.required] == ["Identity", "Taxes"]
    assert response.content.decode().count('title="Has required fields"') == 2
