"""Two people at one record: the second is told what the first has changed, and nothing is lost."""

import re

import pytest

from groups.models import Group
from tables.context import databases
from tests.admin.pages import FormReader, address, errors_of, text_of
from tests.admin.records import have

pytestmark = pytest.mark.django_db(databases="__all__")

PAGE = address(Group, "change", "G1")


@pytest.fixture
def opened(clerk):
    """The page of group G1 as the clerk has opened it, before somebody else saves."""
    have(Group, name="Acme", city="Lima", federal_id="11")
    return fields_of(clerk.get(PAGE))


def fields_of(page):
    reader = FormReader("group_form")
    reader.feed(page.content.decode())
    return reader.fields


def save(clerk, fields, **changes):
    return clerk.client.post(PAGE, {**fields, "_save": "Save", **changes}, follow=True)


def other_saves(**values):
    with databases.using("VBA_Demo"):
        Group.objects.filter(group_id="G1").update(update_user="anna", **values)


def test_what_only_the_other_changed_is_kept_and_reported(clerk, opened):
    other_saves(city="Quito", federal_id="33", renewal_date="2027-01-01")
    answer = save(clerk, opened, name="Blue Harbor")
    group = clerk.stored(Group, group_id="G1")
    assert (group.name, group.city, group.federal_id) == ("Blue Harbor", "Quito", "33")
    assert str(group.renewal_date) == "2027-01-01"
    assert re.search(
        "Someone else changed Federal ID, [^.]*City[^.]* while you were editing. Their value was kept",
        text_of(answer),
    )


def test_flags_that_the_other_has_changed_are_kept_either_way(clerk, opened):
    flags = [field.name for field in Group._meta.fields if field.get_internal_type() == "BooleanField"]
    before = clerk.stored(Group, group_id="G1")
    turned = {name: not getattr(before, name) for name in flags}
    other_saves(**turned)
    save(clerk, opened, name="Blue Harbor")
    after = clerk.stored(Group, group_id="G1")
    assert {name: getattr(after, name) for name in flags} == turned


def test_a_column_that_both_have_changed_is_refused_once_with_the_others_value(clerk, opened):
    other_saves(city="Quito", state="OH")
    answer = save(clerk, opened, city="Cusco", name="Blue Harbor")
    assert errors_of(answer) == {
        "city": [
            "anna changed this to 'Quito' while you were editing. Save again to replace it with your value."
        ]
    }
    again = fields_of(answer)
    assert (again["city"], again["name"], again["state"]) == ("Cusco", "Blue Harbor", "OH")
    save(clerk, again)
    group = clerk.stored(Group, group_id="G1")
    assert (group.city, group.name, group.state) == ("Cusco", "Blue Harbor", "OH")


def test_a_column_that_the_other_has_emptied_is_reported(clerk, opened):
    other_saves(city=None)
    (error,) = errors_of(save(clerk, opened, city="Cusco"))["city"]
    assert error.startswith("anna emptied this while you were editing.")


def test_two_people_who_enter_the_same_value_agree(clerk, opened):
    other_saves(city="Cusco")
    save(clerk, opened, city="Cusco")
    assert clerk.stored(Group, group_id="G1").city == "Cusco"


def test_a_page_that_sends_nonsense_as_loaded_is_saved_as_before(clerk, opened):
    for nonsense in ("[]", "{", '{"group_id": "X", "nothing": 1}', '{"name": 5, "city": ["x"], "notes": {}}'):
        save(clerk, opened, _loaded=nonsense, name="Blue Harbor")
        assert clerk.stored(Group, group_id="G1").name == "Blue Harbor"
