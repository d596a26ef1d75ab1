"""What bad input gets in the admin: a clear error beside its field, or a page that stands."""

import io
import logging

import pytest
from django.contrib import admin
from django.db import connections
from django.urls import reverse
from django.utils.text import capfirst

from groups.models import Group, GroupDivision
from members.models import Member, Subscriber
from planyears.models import GroupPlanYear
from tables.schema.column import Kind
from tables.schema.columns import columns
from tests.admin.pages import address, errors_of, text_of
from tests.admin.records import every_table, have, have_with_parents, least

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("name", "x" * 51, "Name has 51 characters. At most 50 are allowed."),
        ("name", "a\0b", "Name contains a NUL character, which cannot be stored."),
        ("adult_age", "19.5", "Adult Age must be a whole number between -2147483648 and 2147483647."),
        ("adult_age", "2147483648", "Adult Age must be a whole number between -2147483648 and 2147483647."),
        ("caserate", "much", "CaseRate must be a number of at most 60 digits."),
        ("caserate", "1e999999", "CaseRate must be a number of at most 60 digits."),
        (
            "original_date",
            "2024-02-30",
            "Original Date must be a date (YYYY-MM-DD) between the years 1 and 9999.",
        ),
        ("original_date", "June", "Original Date must be a date (YYYY-MM-DD) between the years 1 and 9999."),
        ("notes", "a\0b", "Notes contains a NUL character, which cannot be stored."),
    ],
)
def test_a_wrong_value_is_shown_beside_its_field_by_its_label(clerk, column, value, text):
    have(Group)
    response = clerk.send(address(Group, "change", "G1"), **{column: value})
    assert errors_of(response) == {column: [text]}
    page = response.content.decode()
    assert f'href="#id_{column}"' in page, "the page lists the wrong fields as links"
    cell = page[page.index(f" field-{column} ") :]
    assert text in cell[: cell.index(f'id="id_{column}_helptext"')]


def test_all_wrong_fields_are_reported_at_once_and_counted_on_their_tabs(clerk):
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
def test_what_is_required_and_missing_is_shown_beside_each_field(clerk, model):
    required = [c for c in columns(model) if c.required and c.kind is not Kind.FLAG]
    response = clerk.send(address(model, "add"))
    if not required:
        assert response.status_code == 302
        return
    assert errors_of(response) == {
        column.db: [f"{column.field.verbose_name} is required."] for column in required
    }


@every_table
def test_a_key_that_exists_is_shown_beside_it(clerk, model):
    have_with_parents(model)
    sent = {name: str(value) for name, value in least(model).items() if value is not False}
    response = clerk.send(address(model, "add"), **sent)
    name = capfirst(str(model._meta.verbose_name))
    key = " / ".join(f"'{sent[column]}'" for column in model.key)
    assert errors_of(response) == {model.key[-1]: [f"{name} {key} already exists."]}


def test_keys_that_differ_in_case_or_blanks_are_different_keys(clerk):
    have(Group)
    for key in ("g1", "G1 ", " G1"):
        assert clerk.send(address(Group, "add"), group_id=key).status_code == 302
    assert clerk.count(Group) == 4


def test_an_unknown_parent_is_shown_beside_the_key(clerk):
    response = clerk.send(
        address(GroupDivision, "add"), group_id="G9", division_id="A", tax_day_limit_type="1"
    )
    assert errors_of(response) == {"group_id": ["Group 'G9' was not found."]}
    have(Group)
    response = clerk.send(address(GroupPlanYear, "add"), group_id="G1", division_id="Z", plan_year="CY1")
    assert errors_of(response) == {"division_id": ["Division 'G1' / 'Z' was not found."]}


def test_rules_are_shown_beside_their_fields(clerk):
    have_with_parents(GroupPlanYear)
    page = address(GroupPlanYear, "change", clerk.stored(GroupPlanYear).pk)
    response = clerk.send(page, from_date="2024-12-31", thru_date="2024-01-01")
    assert errors_of(response) == {"thru_date": ["Thru Date must not be before From Date."]}
    response = clerk.send(
        page,
        from_date="2024-01-01",
        thru_date="2024-12-31",
        qtr4_from_date="2025-10-01",
        qtr4_thru_date="2025-09-30",
    )
    assert errors_of(response) == {
        "qtr4_thru_date": [
            "Qtr4 Thru Date must not be before Qtr4 From Date.",
            "Qtr4 Thru Date must not be after Thru Date.",
        ],
        "qtr4_from_date": ["Qtr4 From Date must not be after Thru Date."],
    }


def test_a_family_of_99_is_full(clerk):
    have(Subscriber, subscriber_id="S1")
    have(Member, subscriber_id="S1", member_seq="99")
    refused = clerk.send(f"{address(Member, 'add')}?subscriber_id=S1", member_seq="")
    assert errors_of(refused) == {
        "member_seq": ["Member Seq cannot be assigned: all numbers up to 99 are taken."]
    }
    assert clerk.count(Member) == 1


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
    for day in (c.db for c in columns(model) if c.kind is Kind.DAY and c.db in shown and not c.is_key):
        assert "Enter dates as YYYY-MM-DD." in text_of(clerk.get(url, **{f"{day}_from": "June"}))


@pytest.fixture
def server_log():
    """What the server's own log has been told."""
    (console,) = [handler for handler in logging.getLogger().handlers if handler.name == "console"]
    before = console.setStream(told := io.StringIO())
    yield told
    console.setStream(before)


def test_a_failure_is_logged_without_what_the_database_says_of_the_record(clerk, server_log):
    have(Group)
    with connections[clerk.database].cursor() as cursor:
        cursor.execute("ALTER TABLE groups ADD CONSTRAINT unforeseen CHECK (primary_contact <> 'Mary Roe')")
    clerk.client.raise_request_exception = False
    response = clerk.send(address(Group, "change", "G1"), primary_contact="Mary Roe", name="Roe Bakery")
    assert response.status_code == 500
    told = server_log.getvalue()
    assert "CheckViolation" in told
    assert "tables/schema/models.py" in told
    assert "Roe" not in told
