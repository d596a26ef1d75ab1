"""The admin's choice of a database: who may choose what, and that nothing lands in the wrong one."""

import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from groups.models import Group
from tables.context import databases
from tests.roles import give_role, take_roles

pytestmark = pytest.mark.django_db(databases="__all__")

INDEX, CHOOSE = "/admin/", "/admin/choose-database/"
GROUPS, ADD_GROUP = "/admin/groups/group/", "/admin/groups/group/add/"
FLAGS = {field.name: False for field in Group._meta.fields if field.get_internal_type() == "BooleanField"}


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def choose(client, name, next_page=""):
    return client.post(CHOOSE, {"database": name, "next": next_page})


def named(response):
    """Return the database that a page names, in its title and in its header alike."""
    page = response.content.decode()
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]
    switcher = r'id="database-switcher".*?<span class="max-w-48 truncate">(.*?)</span>'
    header = re.search(switcher, page, re.DOTALL)[1]
    in_title = re.search(r"· (\S+) \| vbaadmin", title)
    assert (in_title[1] if in_title else "No database") == header
    return header


def make_group(database, group_id, name):
    with databases.using(database):
        return Group.objects.create(group_id=group_id, name=name, **FLAGS)


def names_in(database):
    with databases.using(database):
        return set(Group.objects.values_list("name", flat=True))


def form_of(response, form_id):
    """Return what the browser would post of a form: its named inputs with their values."""
    page = response.content.decode()
    form = re.search(rf'<form[^>]*id="{form_id}".*?</form>', page, re.DOTALL)[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        field = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in field and field.get("type") not in ("checkbox", "submit", "radio"):
            fields[field["name"]] = field.get("value", "")
    return fields


# --- choosing ---


def test_the_first_open_database_is_chosen_and_every_page_names_it(alice):
    client = signed_in(alice)
    for page in (INDEX, GROUPS, ADD_GROUP, "/admin/auth/user/", "/admin/password_change/", "/admin/groups/"):
        assert named(client.get(page)) == "VBA_Demo"


def test_a_choice_holds_for_all_pages_that_follow(alice):
    make_group("VBA_Demo", "D1", "Harbor Foods")
    make_group("VBA_Acme", "A1", "Summit Rail")
    client = signed_in(alice)
    assert "Harbor Foods" in client.get(GROUPS).content.decode()
    assert choose(client, "VBA_Acme", GROUPS).url == GROUPS
    page = client.get(GROUPS)
    assert named(page) == "VBA_Acme"
    assert "Summit Rail" in page.content.decode()
    assert "Harbor Foods" not in page.content.decode()


def test_another_persons_choice_is_his_own(alice):
    here, elsewhere = signed_in(alice), signed_in(alice)
    choose(here, "VBA_Acme")
    assert named(elsewhere.get(INDEX)) == "VBA_Demo"


def test_only_open_databases_are_offered_and_accepted(bob):
    client = signed_in(bob)
    page = client.get(INDEX)
    assert named(page) == "VBA_Demo"
    assert "VBA_Acme" not in page.content.decode()
    for name in ("VBA_Acme", "VBA_Nowhere", "default", ""):
        refused = choose(client, name)
        assert refused.status_code == 403
        assert "You don&#x27;t have access to this database" in refused.content.decode()
    assert named(client.get(INDEX)) == "VBA_Demo"


def test_a_choice_ends_when_the_database_is_closed_to_the_user(bob):
    give_role(bob, "Viewer", "VBA_Acme")
    client = signed_in(bob)
    choose(client, "VBA_Acme")
    assert named(client.get(INDEX)) == "VBA_Acme"
    take_roles(bob, "VBA_Acme")
    assert named(client.get(INDEX)) == "VBA_Demo"


def test_choosing_takes_a_post_with_a_csrf_token_by_a_member_of_staff(alice, bob):
    assert signed_in(alice).get(CHOOSE).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert choose(strict, "VBA_Acme").status_code == 403
    assert choose(Client(), "VBA_Acme").url == reverse("admin:login")
    bob.is_staff = False
    bob.save()
    assert choose(signed_in(bob), "VBA_Demo").url == reverse("admin:login")


@pytest.mark.parametrize(
    ("next_page", "shown"),
    [
        ("", INDEX),
        ("/admin/groups/", "/admin/groups/"),
        (GROUPS, GROUPS),
        (GROUPS + "?q=harbor", GROUPS),
        (ADD_GROUP, GROUPS),
        (GROUPS + "D1/change/", GROUPS),
        (GROUPS + "D1/delete/", GROUPS),
        ("/admin/auth/user/", "/admin/auth/user/"),
        ("/admin/auth/user/1/change/", "/admin/auth/user/1/change/"),
        ("/healthz", INDEX),
        (CHOOSE, INDEX),
        ("/admin/../healthz", INDEX),
        ("https://elsewhere.example/admin/", INDEX),
        ("//elsewhere.example/admin/", INDEX),
        ("/admin\\@elsewhere.example", INDEX),
        ("javascript:alert(1)", INDEX),
        ("/admin/" + "\0", INDEX),
    ],
)
def test_after_a_choice_comes_a_page_of_the_admin_but_no_single_record(alice, next_page, shown):
    assert choose(signed_in(alice), "VBA_Acme", next_page).url == shown


# --- two tabs ---


def test_a_form_of_another_database_is_refused_and_saves_nothing(alice):
    client = signed_in(alice)
    form = form_of(client.get(ADD_GROUP), "group_form")
    assert form["_database"] == "VBA_Demo"
    choose(client, "VBA_Acme")  # in another tab
    refused = client.post(ADD_GROUP, form | {"group_id": "D1", "name": "Harbor Foods"})
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "VBA_Demo" in page
    assert "Nothing was saved" in page
    assert named(refused) == "VBA_Acme"
    assert not names_in("VBA_Demo") | names_in("VBA_Acme")


def test_the_same_form_is_saved_once_its_database_is_chosen_again(alice):
    client = signed_in(alice)
    form = form_of(client.get(ADD_GROUP), "group_form") | {"group_id": "D1", "name": "Harbor Foods"}
    choose(client, "VBA_Acme")
    assert client.post(ADD_GROUP, form).status_code == 409
    choose(client, "VBA_Demo")
    assert client.post(ADD_GROUP, form).status_code == 302
    assert names_in("VBA_Demo") == {"Harbor Foods"}
    assert not names_in("VBA_Acme")


@pytest.mark.parametrize("work", ["change", "delete", "action"])
def test_change_delete_and_actions_are_guarded_alike(alice, work):
    ids = {name: make_group(name, "G1", f"Group of {name}").pk for name in databases.names()}
    client = signed_in(alice)
    address = GROUPS if work == "action" else f"{GROUPS}{ids['VBA_Demo']}/{work}/"
    shown = client.get(address).content.decode()
    assert shown.count('name="csrfmiddlewaretoken"') == shown.count('name="_database" value="VBA_Demo"')
    choose(client, "VBA_Acme")
    posted = {
        "change": {"name": "Overwritten"},
        "delete": {"post": "yes"},
        "action": {"action": "delete_selected", "_selected_action": ids["VBA_Demo"]},
    }[work]
    assert client.post(address, posted | {"_database": "VBA_Demo"}).status_code == 409
    for name in databases.names():
        assert names_in(name) == {f"Group of {name}"}


def test_a_form_of_a_closed_or_unknown_database_is_refused_without_repeating_its_name(bob):
    client = signed_in(bob)
    for name in ("VBA_Acme", "<script>"):
        refused = client.post(ADD_GROUP, {"_database": name})
        assert refused.status_code == 409
        assert name not in refused.content.decode().replace("<script ", "")


def test_pages_of_no_target_table_ignore_what_another_tab_has_chosen(alice):
    client = signed_in(alice)
    client.get(INDEX)
    choose(client, "VBA_Acme")
    kept = {"_database": "VBA_Demo"}
    assert client.post("/admin/access/role/add/", kept | {"name": "Clerks"}).status_code == 302
    assert client.post(CHOOSE, kept | {"database": "VBA_Demo"}).status_code == 302
    assert client.post("/admin/logout/", kept).status_code == 200


# --- nobody has opened a database ---


def test_a_user_without_a_database_is_told_so_on_the_start_page(carol):
    page = signed_in(carol).get(INDEX)
    assert page.status_code == 200
    assert named(page) == "No database"
    assert "You don&#x27;t have access to a database yet" in page.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", [GROUPS, ADD_GROUP, GROUPS + "1/change/", GROUPS + "1/delete/"])
def test_target_tables_are_refused_to_a_user_without_a_database(bob, method, address):
    take_roles(bob)
    refused = getattr(signed_in(bob), method)(address)
    assert refused.status_code == 403
    assert "You don&#x27;t have access to a database yet" in refused.content.decode()
    assert named(refused) == "No database"


def test_a_page_that_finds_no_database_by_itself_is_refused_too(bob):
    take_roles(bob)
    kind = ContentType.objects.get_for_model(Group)
    refused = signed_in(bob).get(f"/admin/r/{kind.pk}/1/")
    assert refused.status_code == 403
    assert "You don&#x27;t have access to a database yet" in refused.content.decode()


# --- who acts, and where nothing is chosen ---


def test_what_the_admin_saves_is_stamped_with_the_users_name(alice):
    client = signed_in(alice)
    client.post(ADD_GROUP, {"group_id": "D1", "name": "Harbor Foods"})
    with databases.using("VBA_Demo"):
        assert Group.objects.get().entry_user == "alice"


def test_a_session_of_the_admin_opens_nothing_of_the_api(alice):
    assert signed_in(alice).get("/vbasoftware/groups").status_code == 401


def test_the_sign_in_page_names_no_database():
    page = Client().get("/admin/login/").content.decode()
    assert "VBA_" not in page
    assert "database-switcher" not in page
