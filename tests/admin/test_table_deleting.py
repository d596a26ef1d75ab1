"""Deleting in the admin: a record with children stays, and the page says why."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.context import databases
from tests.admin.pages import FormReader, address, text_of
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


class Deletion:
    """The deletion of selected rows by one clerk: what the pages post."""

    def __init__(self, clerk, *records, query="", across=False):
        self.clerk, self.model = clerk, type(records[0])
        self.url = address(self.model, "changelist") + query
        self.posted = {
            "action": "delete_selected",
            "_selected_action": [record.pk for record in records],
            "select_across": "1" if across else "0",
        }

    def ask(self):
        """Open the page that asks."""
        return self.clerk.client.post(self.url, self.posted)

    def confirm(self, page):
        """Press the page's button."""
        reader = FormReader("delete_selected")
        reader.feed(page.content.decode())
        return self.clerk.client.post(self.url, {**reader.fields, **self.posted}, follow=True)


def test_deleting_several_deletes_those_without_children_and_names_the_others(clerk):
    parent, _ = have_with_parents(GroupDivision)
    second = have(Group, group_id="G2", name="Harbor Foods")
    have(Group, group_id="G3")
    deletion = Deletion(clerk, parent, second)
    page = deletion.ask()
    assert "Delete 1 group?" in text_of(page)
    assert "G2 · Harbor Foods" in text_of(page)
    assert "1 stays because other records belong to it: G1" in text_of(page)
    assert clerk.count(Group) == 3
    done = text_of(deletion.confirm(page))
    assert "Deleted 1 group." in done
    assert "Not deleted, because other records belong to them: 1 group (G1)." in done
    assert clerk.count(Group) == 2


def test_deleting_all_rows_of_a_filtered_list_touches_no_others(clerk):
    have_with_parents(GroupPlanYear)
    have(GroupDivision, division_id="D2")
    year = have(GroupPlanYear, division_id="D2")
    deletion = Deletion(clerk, year, query="?division_id=D2", across=True)
    page = deletion.ask()
    assert "Delete 1 plan year?" in text_of(page)
    assert f'href="{deletion.url}"' in page.content.decode()
    deletion.confirm(page)
    assert clerk.count(GroupPlanYear, division_id="D2") == 0
    assert clerk.count(GroupPlanYear) == 1


def test_nothing_is_deleted_that_the_page_has_not_shown(clerk):
    deletion = Deletion(clerk, have(Group, state="OR"), query="?state=OR", across=True)
    page = deletion.ask()
    have(Group, group_id="G2", state="OR")
    again = deletion.confirm(page)
    assert "Something changed after the preview. Nothing was deleted" in text_of(again)
    assert "Delete 2 groups?" in text_of(again)
    assert clerk.count(Group) == 2
    assert "Deleted 2 groups." in text_of(deletion.confirm(again))
    assert clerk.count(Group) == 0


def test_a_row_that_was_given_a_child_since_is_shown_among_those_that_stay(clerk):
    deletion = Deletion(clerk, have(Group), have(Group, group_id="G2"))
    page = deletion.ask()
    have(GroupDivision)
    again = deletion.confirm(page)
    assert "Delete 1 group?" in text_of(again)
    assert "1 stays because other records belong to it: G1" in text_of(again)
    assert clerk.count(Group) == 2


def test_nothing_is_deleted_by_who_has_not_seen_the_page(clerk):
    record, other = have(Group), have(Group, group_id="G2")
    shown = Deletion(clerk, other).ask()
    for sent in ({}, {"previewed": ""}, {"previewed": shown.context["deletion"].digest}):
        clerk.client.post(
            Deletion(clerk, record).url, {**Deletion(clerk, record).posted, "post": "yes", **sent}
        )
    assert clerk.count(Group) == 2


def test_too_many_rows_are_refused_before_anything_is_read_of_them(clerk, monkeypatch):
    monkeypatch.setattr("tables.admin.selecting.MOST_ROWS", 2)
    records = [have(Group, group_id=f"G{n}") for n in range(3)]
    page = clerk.client.post(Deletion(clerk, *records).url, Deletion(clerk, *records).posted, follow=True)
    text = text_of(page)
    assert "3 groups are selected, but at most 2 can be deleted at once. Nothing was deleted." in text
    assert clerk.count(Group) == 3


def test_rows_that_are_all_gone_are_reported(clerk):
    deletion = Deletion(clerk, have(Group))
    page = deletion.ask()
    with databases.using("VBA_Demo"):
        Group.objects.get().delete()
    assert "The selected groups no longer exist." in text_of(deletion.confirm(page))


def test_many_are_deleted_by_as_many_queries_as_few_and_no_whole_record_is_read(clerk):
    def statements(count):
        records = [have(Group, group_id=f"G{n}") for n in range(count)]
        deletion = Deletion(clerk, *records)
        page = deletion.ask()
        with CaptureQueriesContext(connections["VBA_Demo"]) as queries:
            deletion.confirm(page)
        assert clerk.count(Group) == 0
        texts = [query["sql"] for query in queries]
        upto = next(n for n, text in enumerate(texts) if text.startswith("DELETE"))
        assert not [text for text in texts[:upto] if "address2" in text]
        return upto

    clerk.get(address(Group, "changelist"))
    assert statements(2) == statements(150)
