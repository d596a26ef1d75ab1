"""Deleting in the admin: a record with children stays, and the page says why."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tests.admin.pages import address, text_of
from tests.admin.records import every_table, have, have_with_parents

pytestmark = pytest.mark.django_db(databases="__all__")


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
