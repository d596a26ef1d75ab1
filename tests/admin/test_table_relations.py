"""Parents and children in the admin: links both ways, and adding without retyping keys."""

import html
import re

import pytest

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tests.admin.pages import address, errors_of, text_of
from tests.admin.records import have, have_with_parents, listed

pytestmark = pytest.mark.django_db(databases="__all__")


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
