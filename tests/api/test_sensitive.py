"""Social Security numbers in the API: only for users with the right, and recorded in the access log."""

import pytest
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.test import Client

from access.models import AccessEntry, ApiKey
from members.models import Member
from tables.context import databases
from tests.api.doors import problem
from tests.api.families import BASE, MEMBER, SUBSCRIBER
from tests.api.programs import Program, data_of
from tests.roles import give_rights, give_role

pytestmark = pytest.mark.django_db(databases="__all__")

SSN, OTHER = "900-12-3456", "900-99-9999"
MEMBERS, ONE, BATCH = (BASE + each for each in (MEMBER.made_at, MEMBER.one, MEMBER.batch_at))
MAY_WRITE = [
    f"members.{kind}_{table}" for kind in ("view", "add", "change") for table in ("member", "subscriber")
]
DIFFERS = "ssn differs from the stored value, which you may not change. Leave it empty to keep it."


@pytest.fixture
def as_user(client, carol, demo_key, signed_in):
    """Carol's program in VBA_Demo; ``as_user`` gives her rights."""
    headers = signed_in(carol, demo_key)

    def grant(*rights):
        give_rights(carol, *rights)
        return Program(client, headers)

    return grant


@pytest.fixture
def seer(as_user):
    """A program that may see the numbers. It has stored a family of two, and one of them has a number."""
    program = as_user(*MAY_WRITE, "members.view_ssn")
    data_of(program.post(BASE + SUBSCRIBER.made_at, SUBSCRIBER.record()))
    people = [record(), record(member_Seq="02", ssn=None)]
    assert [each["status"] for each in data_of(program.put(BATCH, people), 207)] == [201, 201]
    return program


@pytest.fixture
def writer(seer, as_user):
    """A program that may write members and not see the numbers."""
    return as_user(*MAY_WRITE)


def record(**values):
    return MEMBER.record(**values)


def sequence(n):
    """Return one of many sequences of two characters: 10 to 99, then A0 on."""
    return f"{n}" if n < 100 else f"{chr(ord('A') + (n - 100) // 10)}{n % 10}"


def stored_member(seq="01"):
    with databases.using("VBA_Demo"):
        return Member.objects.get(subscriber_id="S1", member_seq=seq)


def answers(response):
    return [(each["status"], each["body"]) for each in data_of(response, 207)]


def entries():
    """Return rows, values, key, method and route of each entry of the log, oldest first."""
    found = AccessEntry.objects.order_by("id")
    return [(each.rows, each.values, each.row_key, each.method, each.route) for each in found]


# --- read ---


def test_a_viewer_gets_null_in_place_of_a_number(seer, carol):
    give_role(carol, "Viewer")
    assert [each["ssn"] for each in data_of(seer.get(MEMBERS))] == [None, None]
    assert data_of(seer.get(ONE))["ssn"] is None
    assert entries() == []


def test_with_the_right_each_request_shows_numbers_and_adds_one_entry(seer, demo_key):
    assert [each["ssn"] for each in data_of(seer.get(MEMBERS))] == [SSN, None]
    assert data_of(seer.get(ONE))["ssn"] == SSN
    route = "/vbasoftware/subscribers/<str:subscriber_id>/members"
    assert [each[:3] for each in entries()] == [(2, 1, []), (1, 1, ["S1", "01"])]
    assert all(each[3] == "GET" and "S1" not in each[4] for each in entries())
    entry = AccessEntry.objects.order_by("id")[0]
    key = ApiKey.objects.get()
    assert (entry.username, entry.api_key, entry.source) == ("carol", key.name, "rest")
    assert (entry.address, entry.database, entry.table_name) == ("127.0.0.1", "VBA_Demo", "members")
    assert entry.route.startswith("/vbasoftware/subscribers/"), route
    assert len(entry.activity) == 36


def test_an_answer_without_numbers_adds_no_entry(seer):
    seer.get(f"{MEMBERS}/02")
    seer.get(MEMBERS, member_Seq="02")
    seer.get(BASE + SUBSCRIBER.made_at)
    seer.get(f"{MEMBERS}/77")
    assert entries() == []


def test_an_answer_to_a_write_shows_numbers_and_adds_an_entry(seer):
    assert data_of(seer.post(MEMBERS, record(member_Seq="03", ssn=OTHER)))["ssn"] == OTHER
    assert data_of(seer.put(ONE, record(ssn=OTHER)))["ssn"] == OTHER
    assert [each[1:4] for each in entries()] == [(1, ["S1", "03"], "POST"), (1, ["S1", "01"], "PUT")]


def test_a_text_that_looks_like_an_empty_number_hides_no_number(seer):
    data_of(seer.put(ONE, record(last_Name='"ssn":null', ssn=OTHER)))
    assert [each[1] for each in entries()] == [1]


def test_the_address_is_the_one_that_the_proxy_has_seen(seer, settings):
    settings.BEHIND_PROXY = True
    seer.call("GET", ONE, headers={"x-forwarded-for": "10.6.6.6, 198.51.100.7"})
    assert AccessEntry.objects.get().address == "198.51.100.7"


@pytest.mark.parametrize("call", ["list", "one", "put"])
def test_no_number_is_shown_if_the_log_cannot_be_written(seer, call):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE access_accessentry RENAME TO access_gone")
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessEntry.objects.count()
    if call == "list":
        response = seer.get(MEMBERS)
    else:
        response = seer.get(ONE) if call == "one" else seer.put(ONE, record())
    assert response.headers["Retry-After"]
    assert SSN not in response.content.decode()
    problem(response, 503)


def test_a_lost_connection_is_reported_like_any_other(seer, alice, monkeypatch):
    def gone(**values):
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(AccessEntry.objects, "create", gone)
    problem(seer.get(ONE), 503)
    office = Client(raise_request_exception=False)
    office.force_login(alice)
    assert office.get("/admin/members/member/export/csv/").status_code == 503


def test_entries_of_the_log_cannot_be_changed_or_deleted(seer):
    seer.get(ONE)
    for statement in ("UPDATE {} SET rows = 0", "DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
            connection.cursor().execute(statement.format("access_accessentry"))
    assert len(entries()) == 1


# --- filters and order ---


@pytest.mark.parametrize(
    "query",
    [
        {"ssn": SSN},
        {"SSN__istartswith": "900"},
        {"ssn__isnull": "true"},
        {"ssn__gte": "9"},
        {"sortBy": "ssn"},
        {"SORTBY": "last_Name, SSN:desc"},
    ],
)
def test_filters_and_order_by_a_number_need_the_right(writer, as_user, query):
    assert problem(writer.get(MEMBERS, **query), 403) == "You don't have permission to filter or sort by ssn."
    assert as_user(*MAY_WRITE, "members.view_ssn").get(MEMBERS, **query).status_code == 200


# --- write ---


@pytest.mark.parametrize("given", [{"ssn": None}, {}, {"ssn": ""}, {"ssn": SSN}])
def test_without_the_right_a_put_keeps_the_number(writer, given):
    sent = record(last_Name="Rivera") | {"ssn": None}
    del sent["ssn"]
    assert data_of(writer.put(ONE, sent | given))["ssn"] is None
    assert (stored_member().ssn, stored_member().last_name) == (SSN, "Rivera")
    assert answers(writer.put(BATCH, [sent | given | {"last_Name": "Reyes"}])) == [(200, "Updated")]
    assert answers(writer.put(BATCH, [sent | given | {"last_Name": "Reyes"}])) == [(200, "Unchanged")]
    assert (stored_member().ssn, stored_member().last_name) == (SSN, "Reyes")
    assert entries() == []


@pytest.mark.parametrize("count", [1, 150])
def test_without_the_right_a_number_can_be_set_in_a_new_record_only(writer, count):
    assert problem(writer.put(ONE, record(last_Name="Rivera", ssn=OTHER)), 403) == DIFFERS
    more = [record(member_Seq=sequence(n), ssn=f"900-00-{n:04}") for n in range(10, 10 + count)]
    sent = [
        record(ssn=OTHER),
        record(member_Seq="02", ssn=OTHER),
        *more,
        record(last_Name="Rivera", ssn=None),
    ]
    got = answers(writer.put(BATCH, sent))
    assert got[:2] == [(403, DIFFERS)] * 2
    assert set(got[2:-1]) == {(201, "Created")}
    assert got[-1] == (200, "Updated")
    assert (stored_member().ssn, stored_member().last_name, stored_member("02").ssn) == (SSN, "Rivera", None)
    assert stored_member("10").ssn == "900-00-0010"
    assert OTHER not in str(got)


@pytest.mark.parametrize("padding", [0, 150])
def test_a_batch_with_a_repeated_key_is_written_in_order(writer, padding):
    new = [
        record(member_Seq="05", ssn=OTHER),
        record(member_Seq="05", ssn=None, last_Name="Reyes"),
        record(member_Seq="05", ssn=SSN),
        record(member_Seq="05", ssn=OTHER, last_Name="Reyes"),
        record(member_Seq="05", ssn=None, last_Name="Reyes"),
        record(member_Seq="06", ssn=None),
        record(member_Seq="06", ssn=OTHER),
    ]
    one_by_one = [answers(writer.put(BATCH, [each]))[0] for each in new]
    with databases.using("VBA_Demo"):
        Member.objects.filter(member_seq__in=["05", "06"]).delete()
    others = [record(member_Seq=sequence(n), ssn=None) for n in range(10, 10 + padding)]
    together = answers(writer.put(BATCH, [*new, *others]))
    assert together == [*one_by_one, *[(201, "Created")] * padding]
    assert [status for status, _ in one_by_one] == [201, 200, 403, 200, 200, 201, 403]
    assert (stored_member("05").ssn, stored_member("05").last_name, stored_member("06").ssn) == (
        OTHER,
        "Reyes",
        None,
    )


def test_a_post_may_have_a_number_and_reveals_nothing_about_a_taken_key(writer):
    created = data_of(writer.post(MEMBERS, record(member_Seq="03", ssn=OTHER)))
    assert created["ssn"] is None
    assert stored_member("03").ssn == OTHER
    for ssn in (SSN, OTHER):
        assert DIFFERS not in problem(writer.post(MEMBERS, record(ssn=ssn)), 409)


def test_with_the_right_a_put_clears_and_changes_the_number(seer):
    data_of(seer.put(ONE, record(ssn=OTHER)))
    assert stored_member().ssn == OTHER
    data_of(seer.put(ONE, record(ssn=None)))
    assert stored_member().ssn is None


# --- the page of the log ---


def test_superusers_read_and_search_the_log_and_change_nothing(seer, alice, as_user, demo_key):
    seer.get(ONE)
    office = Client()
    office.force_login(alice)
    page = "/admin/access/accessentry/"
    for query in ({}, {"q": "carol"}, {"q": "S1 / 01"}, {"q": "127.0.0.1"}, {"database": "VBA_Demo"}):
        html = office.get(page, query).content.decode()
        assert "S1 / 01" in html, query
        assert SSN not in html
    assert "S1 / 01" not in office.get(page, {"q": "bob"}).content.decode()
    one = AccessEntry.objects.get().pk
    assert office.get(f"{page}{one}/change/").status_code == 302
    assert office.post(f"{page}{one}/change/", {"rows": "9"}).status_code == 302
    assert office.post(f"{page}{one}/delete/", {"post": "yes"}).status_code == 403
    assert office.get(f"{page}add/").status_code == 403
    assert len(entries()) == 1
