"""One search box finds a person by ID, name, birth date or SSN."""

import pytest
from django.contrib.auth.models import User

from members.models import Member, Subscriber
from tables.context import databases
from tests.admin.plans import assert_by_index, seen_statements
from tests.conftest import PASSWORD
from tests.enrollment.world import make
from tests.roles import give_role

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def find(client):
    """Search for people in a role; the value finds families, or members."""
    with databases.using("VBA_Demo"):
        for subscriber, last, first in (
            ("S1", "Holloway", "Ada"),
            ("S2", "O'Dell", "Ada"),
            ("S3", "Hollow", None),
            ("S4", "De La Cruz", "Maria Inés"),
            ("S5", "Delgado", "Laura"),
        ):
            make(Subscriber, subscriber_id=subscriber, last_name=last, first_name=first)
            make(Member, subscriber_id=subscriber, member_seq="01", last_name=last, first_name=first)
        make(
            Member,
            subscriber_id="S1",
            member_seq="02",
            last_name="Quimby",
            first_name="Bela",
            birth_date="1987-06-05",
        )
        Member.objects.filter(subscriber_id="S1", member_seq="02").update(ssn="900112222")

    def search(term, role="Enrollment clerk", table="subscriber"):
        user, made = User.objects.get_or_create(username=role, defaults={"is_staff": True})
        if made:
            user.set_password(PASSWORD)
            user.save()
            give_role(user, role, "VBA_Demo")
        client.force_login(user)
        page = client.get(f"/admin/members/{table}/", {"q": term})
        assert page.status_code == 200
        return [row.pk if table == "subscriber" else row.member_seq for row in page.context["cl"].result_list]

    return search


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("S2", ["S2"]),
        ("hollow", ["S1", "S3"]),
        ("Holloway, A", ["S1"]),
        ("o'd", ["S2"]),
        ("quimby bela", ["S1"]),
        ("De La Cruz", ["S4"]),
        ("de la  cru", ["S4"]),
        ("De La Cruz, Maria", ["S4"]),
        ("De La Cruz, Maria Inés, Jr", ["S4"]),
        ("holloway ada b", ["S1"]),
        ("Holloway, Ada B", ["S1"]),
        ("de la cruz maria inés", ["S4"]),
        ("De La", ["S4", "S5"]),
        ("De, La", ["S5"]),
        ("la cruz", []),
        ("Holloway,", ["S1"]),
        (", Quimby", ["S1"]),
        (",", []),
        ("1987-06-05", ["S1"]),
        ("900-11-2222", ["S1"]),
        ("900112222", ["S1"]),
        ("%", []),
        ("way", []),
        ("2222", []),
    ],
)
def test_families_are_found(find, term, found):
    assert find(term) == found


def test_members_are_found_one_by_one(find):
    assert find("quimby", table="member") == ["02"]


def test_who_may_not_see_ssns_finds_nobody_by_them(find):
    assert find("900-11-2222", role="Viewer") == []


@pytest.mark.parametrize("table", ["subscriber", "member"])
def test_a_search_is_by_index_and_takes_as_many_queries_however_many_words_it_has(find, table):
    find("warm up", table=table)
    counts = set()
    for term in ("quimby", "De La Cruz, Maria", "de la cruz maria inés", "S2", "1987-06-05", "900-11-2222"):
        with seen_statements() as statements:
            find(term, table=table)
        assert_by_index(statements)
        counts.add(len(statements))
    assert len(counts) == 1


@pytest.mark.parametrize("table", ["subscriber", "member"])
def test_the_list_of_people_is_read_by_index(find, clerk, table):
    find("warm up", table=table)
    with seen_statements() as statements:
        assert clerk.get(f"/admin/members/{table}/").status_code == 200
    assert_by_index(statements)
