"""The HTML of a list: small, with a class a cell, and with all that a reader and the scripts need in it."""

import re

import pytest

from groups.models import Group
from tables.templatetags.lists import lean
from tests.admin.pages import address, text_of
from tests.admin.records import TOMORROW, YESTERDAY, every_table, have, have_with_parents

pytestmark = pytest.mark.django_db(databases="__all__")

MOST_BYTES = 150_000
CELL = re.compile(r'<t[dh] class="([^"]*)" data-label="([^"]*)">')


def have_groups(count):
    for n in range(count):
        ends_on = (None, YESTERDAY, TOMORROW)[n % 3]
        name = f"Blue Harbor Tools and Machinery {n}"
        place = {"city": "Tarnbrook on the Lake", "state": "OH"}
        days = {"original_date": YESTERDAY, "renewal_date": TOMORROW, "disenroll_date": ends_on}
        have(Group, group_id=f"WLK-{n:04}", name=name, **place, **days)


def test_a_list_of_50_groups_is_below_150_kb(clerk):
    have_groups(60)
    page = clerk.get(address(Group, "changelist"))
    assert len(page.context["cl"].result_list) == 50
    assert "WLK-0049" in text_of(page)
    assert len(page.content) < MOST_BYTES


def test_each_cell_has_its_class_its_label_and_its_value(clerk):
    have_groups(1)
    html = clerk.get(address(Group, "changelist")).content.decode()
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    assert CELL.findall(body) == [
        ("action-checkbox", "Select record"),
        ("field-group_id", "Group ID"),
        ("field-name", "Name"),
        ("field-city", "City"),
        ("field-state", "State"),
        ("field-original_date", "Original Date"),
        ("field-renewal_date", "Renewal Date"),
        ("field-disenroll_date", "Disenroll Date"),
        ("field-status", "Status"),
    ]
    assert '<input type="checkbox" name="_selected_action" value="WLK-0000" class="action-select"' in body
    assert f'<a href="{address(Group, "change", "WLK-0000")}"' in body


@every_table
def test_no_cell_of_any_list_has_the_classes_of_unfold(clerk, model):
    have_with_parents(model)
    html = clerk.get(address(model, "changelist")).content.decode()
    rows = html.partition("<tbody>")[2].rpartition("</tbody>")[0]
    classes = [name for name, _ in CELL.findall(rows)]
    assert len(classes) == len(re.findall(r"<t[dh]\b", rows)) > 1
    assert all(re.fullmatch(r"action-checkbox|field-\w+", name) for name in classes)


def test_what_a_value_says_of_classes_stays(clerk):
    name = '<td class="field-x y"> class="z action-select"'
    have(Group, group_id="G1", name=name)
    page = clerk.get(address(Group, "changelist"))
    assert " ".join(name.split()) in text_of(page)
    cell = '<td class="field-name a b" data-label="Name"><i class="field-x y">class="z"</i></td>'
    assert lean(cell) == cell.replace("field-name a b", "field-name")
