"""Texts that are none, where the back office takes them: addresses, searches, filters, forms, file names."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from groups.models import Group
from members.models import Member
from tables.context import databases
from tests.admin.pages import Clerk, address
from tests.admin.process_forms import FORM
from tests.enrollment import world

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("no_kept_figures")]

ODD = [
    "\0",
    "a\0b",
    "\ufffe",
    "\ufffd",
    "x" * 3000,
    "😀" * 300,
    "'; --",
    "%s",
    "\u202e",
    "2024-06-30T25:00:00Z",
]
# As they stand in an address: percent-encoded bytes that are no UTF-8, too.
BYTES = ["%ED%A0%80", "%00", "%FF", "%C3", "%C0%AF", "%F4%90%80%80", "%EF%BF%BE", "%zz", "x" * 3000, "%u0041"]
QUERIES = [
    (
        "admin:groups_group_changelist",
        (),
        ("q", "p", "o", "state", "group_id", "division_ID", "renewal_date__gte", "e"),
    ),
    ("admin:members_member_changelist", (), ("q", "birth_date", "subscriber_id", "all")),
    ("admin:processes_vbaprocess_changelist", (), ("q", "state", "vbaprocess_key")),
    ("admin:search", (), ("s",)),
    ("enrollment_summary", ("G1",), ("as_of", "division_ID")),
    ("enrollment_pictures", ("G1",), ("as_of", "division_ID")),
    ("enrolled_people", ("G1",), ("as_of", "division_ID", "q", "plan", "after", "contract", "who")),
    ("cobra_offers", (), ("as_of", "q", "group_id", "page")),
    ("next_plan_years", ("G1",), ("plan_year",)),
    ("disenroll_group", ("G1",), ("division_ID", "disenroll_Date")),
    ("admin:groups_group_add", (), ("group_id", "name", "renewal_date")),
]


@pytest.fixture(autouse=True)
def demo():
    with databases.using("VBA_Demo"):
        world.make_f()


@pytest.fixture
def clerk(bob):
    clerk = Clerk.of(bob)
    # What fails is answered, as to a browser.
    clerk.client.raise_request_exception = False
    return clerk


@pytest.mark.parametrize(("name", "args", "names"), QUERIES, ids=[each[0] for each in QUERIES])
def test_odd_queries_of_pages_are_answered(clerk, name, args, names):
    url = reverse(name, args=args)
    for query in names:
        for value in BYTES:
            response = clerk.client.get(f"{url}?{query}={value}", follow=True)
            assert response.status_code in (200, 400, 404), (query, value, response.status_code)


@pytest.mark.parametrize("value", BYTES)
def test_odd_addresses_are_answered(clerk, value):
    group = address(Group, "change", "G1").replace("G1", value)
    for url in (
        *(group, group.replace("change", "history"), group.replace("change", "delete")),
        *(f"/admin/disenroll/{value}/", f"/admin/reenroll/{value}/", f"/admin/enrollment-summary/{value}/"),
        *(f"/admin/next-plan-years/{value}/", f"/admin/process-changes/{value}.csv", f"/admin/{value}/"),
        *(f"/admin/load/{value}/", address(Member, "change", 1).replace("1", value), f"/{value}"),
    ):
        for method in (clerk.client.get, clerk.client.post):
            assert method(url, follow=True).status_code in (200, 400, 403, 404, 405), url


@pytest.mark.parametrize("value", ODD)
def test_odd_texts_in_forms_are_refused_or_stored(clerk, value):
    for name in ("group_id", "name", "renewal_date", "state", "adult_age", "caserate"):
        sent = clerk.send(address(Group, "add"), **{"group_id": "New", name: value})
        assert sent.status_code in (200, 302), (name, sent.status_code)
    for name in (*FORM, "step", "previewed", "typed_group"):
        form = {**FORM, "step": "start", name: value}
        sent = clerk.client.post(reverse("disenroll_group", args=["G1"]), form)
        assert sent.status_code in (200, 400), (name, sent.status_code)
    action = {"action": "edit_columns", "_selected_action": value, "column": value, "step": value}
    for sent in (action, {"action": value}, action | {"select_across": value}):
        url = address(Group, "changelist")
        assert clerk.client.post(url, sent, follow=True).status_code in (200, 400)


@pytest.mark.parametrize("value", ODD)
def test_odd_names_and_passwords_are_not_signed_in(value):
    client = Client(raise_request_exception=False)
    for username, password in ((value, "x"), ("bob", value), (value, value)):
        response = client.post(reverse("admin:login"), {"username": username, "password": password})
        assert response.status_code in (200, 403, 429)
        assert "_auth_user_id" not in client.session
    response = client.post(reverse("choose_database"), {"database": value, "next": value})
    assert response.status_code in (302, 400, 403)


@pytest.mark.parametrize("value", ODD)
def test_odd_names_of_files_are_kept_as_they_can_be(clerk, value):
    file = SimpleUploadedFile("x", b"group_ID,name\nG7,Acme\n")
    file.name = value.replace("/", "_") or "x"
    response = clerk.client.post(reverse("load_file", args=["groups"]), {"file": file}, follow=True)
    assert response.status_code in (200, 400)
