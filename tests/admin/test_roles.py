"""Every page of the admin × roles × databases: rights are those of the role in the chosen database."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group as UserGroup
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from groups.models import Group
from tables.context import databases
from tables.schema.registry import all_tables
from tests.admin.pages import address
from tests.made_up import stored
from tests.roles import ROLES, give_role, role_may, take_roles

pytestmark = pytest.mark.django_db(databases="__all__")

SITE = admin.site._registry
MIRRORED = [model for model in SITE if databases.is_target_app(model._meta.app_label)]
CONTROL = [model for model in SITE if model not in MIRRORED]
CHOOSE = "/admin/choose-database/"
BACKEND = "access.backends.RoleBackend"
PAGES = {"changelist": "view", "add": "add", "change": "view", "history": "view", "delete": "delete"}
POSTED = {"add": "add", "change": "change", "delete": "delete"}

every_mirrored = pytest.mark.parametrize("model", MIRRORED, ids=lambda model: model.__name__)
every_control = pytest.mark.parametrize("model", CONTROL, ids=lambda model: model.__name__)


def office_of(user, database="VBA_Demo"):
    client = Client()
    client.force_login(user)
    client.post(CHOOSE, {"database": database})
    return client


def page_of(model, page, pk):
    return address(model, page, *([quote(pk)] if page in ("change", "history", "delete") else []))


def right_to(model, kind):
    return f"{model._meta.app_label}.{kind}_{model._meta.model_name}"


def put_in_both(model):
    """Store the made-up record in both databases and return its primary key in each, None if none can be."""
    made = {}
    for name in databases.names():
        with databases.using(name):
            made[name] = stored(model).pk if model in all_tables() else None
    return made


def statuses(client, model, pk):
    """Open every page of a table, then post to those that change something; return the statuses."""
    pages = [page for page in PAGES if pk is not None or page in ("changelist", "add")]
    got = {f"GET {page}": client.get(page_of(model, page, pk)).status_code for page in pages}
    posted = [page for page in POSTED if page in pages]
    return got | {f"POST {page}": client.post(page_of(model, page, pk)).status_code for page in posted}


def expected(role, model, open_to_all):
    """Return the statuses that a role gets, where somebody with all rights gets ``open_to_all``."""

    def status(work):
        method, page = work.split()
        kind = (PAGES if method == "GET" else POSTED)[page]
        allowed = role and role_may(role, right_to(model, kind))
        return open_to_all[work] if allowed else 403

    return {work: status(work) for work in open_to_all}


@every_mirrored
def test_each_page_of_a_table_opens_by_the_role_in_the_chosen_database(alice, carol, model):
    keys = put_in_both(model)
    open_to_all = statuses(office_of(alice), model, keys["VBA_Demo"])
    assert set(open_to_all.values()) <= {200, 302, 403}
    assert open_to_all["GET changelist"] == 200
    for held in (dict(zip(keys, ROLES[:2], strict=True)), dict(zip(keys, ROLES[2:], strict=True))):
        for name, role in held.items():
            give_role(carol, role, name)
        client = office_of(carol)
        for name, role in held.items():
            client.post(CHOOSE, {"database": name})
            assert statuses(client, model, keys[name]) == expected(role, model, open_to_all), role


@every_mirrored
def test_no_page_of_a_table_opens_to_a_user_without_a_role(alice, carol, model):
    pk = put_in_both(model)["VBA_Demo"]
    client = office_of(carol)
    for pattern in SITE[model].urls:
        wanted = list(pattern.pattern.converters)
        if pattern.name is None or len(wanted) > 1 or (wanted and pk is None):
            continue
        page = reverse(f"admin:{pattern.name}", args=[quote(pk)] if wanted else [])
        assert client.get(page).status_code == 403, page
        assert client.post(page).status_code == 403, page


@every_mirrored
def test_who_may_only_look_deletes_nothing_by_an_action(alice, carol, model):
    pk = put_in_both(model)["VBA_Demo"]
    if pk is None:
        return
    give_role(carol, "Viewer")
    listed = address(model, "changelist")
    chosen = {"action": "delete_selected", "_selected_action": pk}
    shown = office_of(alice).post(listed, chosen).context["deletion"]
    assert [row.pk for row in shown.deletable] == [pk]
    office_of(carol).post(listed, {**chosen, "previewed": shown.digest})
    with databases.using("VBA_Demo"):
        assert model.objects.filter(pk=pk).exists()


@every_control
@pytest.mark.parametrize("role", ROLES)
def test_users_roles_and_keys_are_for_superusers_alone(alice, carol, role, demo_key, model):
    give_role(carol, role, "VBA_Demo", "VBA_Acme")
    pk = model._default_manager.values_list("pk", flat=True).first()
    every = statuses(office_of(carol), model, pk)
    assert set(every.values()) == {403}
    assert office_of(alice).get(address(model, "changelist")).status_code == 200


@pytest.mark.parametrize("role", [*ROLES, None])
def test_the_sidebar_and_the_start_page_lead_where_the_role_may_go(carol, role):
    if role:
        give_role(carol, role)
    page = office_of(carol).get(reverse("admin:index")).content.decode()
    for model in MIRRORED:
        if model not in all_tables():
            continue
        may_see = bool(role) and role_may(role, right_to(model, "view"))
        assert (f'href="{address(model, "changelist")}"' in page) == may_see, model
    for model in CONTROL:
        assert address(model, "changelist") not in page


# --- the choice of a database cannot be smuggled ---


@pytest.fixture
def clerk_of_both(carol):
    """Carol keeps groups in VBA_Demo and may only look at them in VBA_Acme, where another group is."""
    give_role(carol, "Account manager", "VBA_Demo")
    give_role(carol, "Viewer", "VBA_Acme")
    with databases.using("VBA_Acme"):
        stored(Group)
    return carol


SMUGGLED = {
    "database": "VBA_Acme",
    "_database": "VBA_Acme",
    "target_database": "VBA_Acme",
    "vbasoftware-database": "VBA_Acme",
}


def test_neither_address_nor_cookie_nor_header_chooses(clerk_of_both):
    client = office_of(clerk_of_both)
    for name, value in SMUGGLED.items():
        client.cookies[name] = value
    shown = client.get(address(Group, "changelist"), {"_database": "VBA_Acme"}, headers=SMUGGLED)
    assert "VBA_Acme</title>" not in shown.content.decode()
    assert client.get(address(Group, "change", "1"), headers=SMUGGLED).status_code == 302
    sent = {"group_id": "1", "name": "Mine", "database": "VBA_Acme", "target_database": "VBA_Acme"}
    assert (
        client.post(address(Group, "add") + "?_database=VBA_Acme", sent, headers=SMUGGLED).status_code == 302
    )
    with databases.using("VBA_Acme"):
        assert Group.objects.get().name is None
    with databases.using("VBA_Demo"):
        assert Group.objects.get().name == "Mine"


def test_a_form_that_names_the_database_of_another_tab_is_refused_before_rights_are_asked(clerk_of_both):
    client = office_of(clerk_of_both)
    sent = {"group_id": "1", "name": "Mine"}
    for named in ("VBA_Acme", ["VBA_Demo", "VBA_Acme"], "", "default"):
        assert client.post(address(Group, "add"), {**sent, "_database": named}).status_code == 409
    client.post(CHOOSE, {"database": "VBA_Acme"})  # in another tab
    assert client.post(address(Group, "add"), {**sent, "_database": "VBA_Demo"}).status_code == 409
    assert client.post(address(Group, "add"), {**sent, "_database": "VBA_Acme"}).status_code == 403
    for name in databases.names():
        with databases.using(name):
            assert not Group.objects.filter(name="Mine").exists()


def test_rights_last_no_longer_than_the_role(clerk_of_both):
    client = office_of(clerk_of_both)
    assert client.get(address(Group, "add")).status_code == 200
    give_role(clerk_of_both, "Viewer", "VBA_Demo")
    assert client.get(address(Group, "add")).status_code == 403
    take_roles(clerk_of_both, "VBA_Demo")
    assert "VBA_Acme" in client.get(address(Group, "changelist")).content.decode()
    take_roles(clerk_of_both)
    assert client.get(address(Group, "changelist")).status_code == 403


def test_a_user_object_that_lives_on_has_the_rights_of_the_database_chosen_then(clerk_of_both):
    right = "groups.change_group"
    user = User.objects.get(pk=clerk_of_both.pk)
    for name, has in (("VBA_Demo", True), ("VBA_Acme", False), ("VBA_Demo", True)):
        with databases.using(name):
            assert user.has_perm(right) is has
            assert user.has_module_perms("groups")
    assert not user.has_perm(right)
    assert not user.has_module_perms("groups")


def test_rights_without_a_database_open_nothing_however_one_asks(carol):
    right = "groups.view_group"
    carol.groups.set(UserGroup.objects.all())
    carol.user_permissions.set(Permission.objects.all())
    assert office_of(carol).get(address(Group, "changelist")).status_code == 403
    with databases.using("VBA_Demo"):
        assert not carol.get_all_permissions()
        assert not carol.has_perm(right)
        assert not async_to_sync(carol.ahas_perm)(right)
        assert not User.objects.with_perm(right, include_superusers=False, backend=BACKEND)
