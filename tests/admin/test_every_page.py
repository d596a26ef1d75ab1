"""Every page of the back office beyond a table's own five × roles × databases: who may gets it, nobody else.

What a table has of its own (list, add, change, history, delete) is walked by ``test_roles``.
"""

import io
from dataclasses import dataclass, field

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from access.models import ApiKey
from enrollment.models import EnrollmentRun
from groups.models import Group
from loads.models import CHECKED, ERRORS, FILE, REJECTS, FileLoad
from loads.storing import keep
from members.models import Member
from processes.starting import start
from tables.context import databases
from tables.schema.registry import all_tables, table_name
from tests.admin.process_forms import FORM
from tests.conftest import PASSWORD
from tests.enrollment import world
from tests.roles import ROLES, give_role, role_may

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("no_kept_figures")]

NAMES = ("VBA_Demo", "VBA_Acme")
OF_A_TABLE = ("changelist", "add", "change", "history", "delete")
# Who is signed in, and his password: not a matter of rights. And what answers to unknown addresses.
DJANGO_S = {"login", "logout", "password_change", "password_change_done", "view_on_site", "app_list", None}
# Beside the rights to tables: who sees any table, who has all rights everywhere, and who does not exist.
ANY, SUPERUSERS, NOBODY = "any table", "superusers alone", "nobody"
THE_LIST, SIGN_IN = "the list", "to sign in"


@dataclass(frozen=True)
class Page:
    """An address by its name, the rights it takes (who lacks one gets 403), and what who has them gets by
    GET and POST (None: not walked). An action of a list takes ``acting`` rights beside: who lacks one
    finds himself in the list.
    """

    name: str
    rights: tuple[str, ...] = ()
    get: int | None = 200
    post: int | None = None
    args: tuple[str, ...] = ()
    sent: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    acting: tuple[str, ...] = ()

    def __str__(self):
        return " ".join((self.name, *self.args, self.sent.get("action", "")))


SEE_GROUP = ("groups.view_group",)
SEE_COVER = (*SEE_GROUP, "enrollment.view_subenrollment")
SEE_PEOPLE = (*SEE_COVER, "members.view_subscriber", "members.view_member")
SEE_OFFERS = ("enrollment.view_disenrolllog", "enrollment.view_subenrollment", "members.view_member")
SEE_PROCESS = ("processes.view_vbaprocess",)
START = (*SEE_GROUP, "processes.add_vbaprocess")
SELECTED = {Group: ["{G1}", "{G2}"], Member: ["{S1/01}"]}
# Records are chosen by other means: it answers nobody.
WITHOUT_CHOICES = {"app_label": "members", "model_name": "member", "field_name": "subscriber"}
PREVIEW = {**FORM, "step": "preview"}


def right(model, kind):
    """Return the name of a right to a table."""
    return f"{model._meta.app_label}.{kind}_{model._meta.model_name}"


def load_pages():
    """Return the pages of sending a file: of each table, and of files that were sent."""
    for model in all_tables():
        name, rights = table_name(model), (right(model, "add"), right(model, "change"))
        rights = (NOBODY,) if name == "processes" else rights
        yield Page("load_file", rights, args=(name,), post=400)
        yield Page("load_template", rights, args=(name, "csv"))
        if name in ("groups", "members"):
            one = (name, f"{{{name}}}")
            yield Page("load_one", rights, args=one, post=302)
            yield Page("load_state", rights, args=one)
            yield Page("load_report", rights, args=(*one, ERRORS))
            sensitive = ("members.view_ssn",) if name == "members" else ()
            yield Page("load_report", (*rights, *sensitive), args=(*one, REJECTS))
    yield Page("load_file", get=404, args=("nothing",), post=404)


def list_pages():
    """Return what goes out of the lists, and what is done to many of their rows at once."""
    for model in all_tables():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield Page(f"admin:{name}_export", (right(model, "view"),), args=("csv",), post=404)
    yield Page("admin:groups_group_export", SEE_GROUP, args=("xlsx",))
    yield Page("admin:members_member_export", ("members.view_member",), args=("json",))
    yield Page("admin:groups_group_export", SEE_GROUP, get=404, args=("exe",))
    yield Page("admin:loads_fileload_export", ("loads.view_fileload",))
    for action, model, acting in (
        ("edit_columns", Group, "groups.change_group"),
        ("edit_columns", Member, "members.change_member"),
        ("disenroll_groups", Group, "processes.add_vbaprocess"),
        ("reenroll_groups", Group, "processes.add_vbaprocess"),
    ):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        sent = {"action": action, "_selected_action": SELECTED[model]}
        yield Page(name, (right(model, "view"),), None, 200, sent=sent, acting=(acting,))


PAGES = [
    Page("admin:index"),
    Page("choose_database", get=405, post=403),
    Page("admin:jsi18n"),
    Page("admin:search", query={"s": "Group"}),
    Page("admin:autocomplete", get=404, query=WITHOUT_CHOICES),
    Page("start_people", ("enrollment.view_subenrollment",)),
    Page("start_checks", (ANY,)),
    Page("disenroll_group", START, args=("G1",), post=200, sent=PREVIEW),
    Page("disenroll_group", START, args=("G9",), get=404, post=404),
    Page("reenroll_group", START, args=("G1",), post=200),
    Page("disenroll_groups", START, get=404, post=200, sent={**PREVIEW, "group": "G1"}),
    Page("reenroll_groups", START, get=404, post=200, sent={"group": "G1"}),
    Page("enrollment_summary", SEE_COVER, args=("G1",)),
    Page("enrollment_pictures", SEE_COVER, args=("G1",)),
    Page("enrolled_people", SEE_PEOPLE, args=("G1",)),
    Page("enrolled_people_csv", SEE_PEOPLE, args=("G1",), post=405),
    Page("process_changes", ("enrollment.view_subenrollment",), args=("{run}",)),
    Page("process_changes", ("enrollment.view_subenrollment",), args=("999999",), get=404),
    Page("cobra_offers", SEE_OFFERS),
    Page("cobra_offers_csv", SEE_OFFERS),
    Page("next_plan_years", (*SEE_GROUP, "planyears.add_groupplanyear"), args=("G1",), post=400),
    Page("admin:processes_vbaprocess_watch", SEE_PROCESS, args=("{process}",)),
    Page("admin:processes_vbaprocess_state", SEE_PROCESS, args=("{process}",)),
    Page(
        "admin:processes_vbaprocess_cancel",
        (*SEE_PROCESS, "processes.change_vbaprocess"),
        args=("{process}",),
        get=403,  # never by a link
        post=302,
    ),
    *load_pages(),
    *list_pages(),
    Page("admin:auth_user_password_change", (SUPERUSERS,), args=("{user}",), post=200),
    Page("admin:access_apikey_revoke_this", (SUPERUSERS,), args=("{key}",), post=200),
]
RIGHTS = sorted({each for page in PAGES for each in (*page.rights, *page.acting)} - {ANY, SUPERUSERS, NOBODY})


def make_world():
    """Store fixture F, a process, its run, and a file of groups and one of members; return their keys."""
    world.make_f()
    world.make(Group, group_id="G2")
    process = start(kind="MARKGROUP", group_id="G2", user="bob", description="", arguments={}, parameters=[])
    EnrollmentRun.objects.create(
        process_key=process.vbaprocess_key,
        is_disenroll=True,
        group_id="G1",
        disenroll_date=world.day("06-30"),
        written_at=timezone.now(),
    )
    keys = {"process": process.pk, "run": process.vbaprocess_key, "G1": "G1", "G2": "G2"}
    keys["S1/01"] = Member.objects.get(subscriber_id="S1", member_seq="01").pk
    for table in ("groups", "members"):
        sent = FileLoad.objects.create(
            table_name=table,
            file_name=f"{table}.csv",
            file_bytes=9,
            sent_by="somebody",
            state=CHECKED,
            rows_refused=1,
        )
        for kind in (FILE, ERRORS, REJECTS):
            keep(sent, kind, io.BytesIO(b"Group_ID\n"))
        keys[table] = sent.pk
    return keys


@pytest.fixture
def keys(carol, demo_key):
    """What there is in both databases; by database, the keys that addresses name."""
    made = {}
    for name in NAMES:
        with databases.using(name):
            made[name] = make_world() | {"user": carol.pk, "key": ApiKey.objects.get().pk}
    return made


def at_work(user, database):
    """Return a browser of the user who works in the database."""
    client = Client()
    client.force_login(user)
    client.post(reverse("choose_database"), {"database": database})
    return client


def walk(client, keys, pages=PAGES):
    """Open each page, and post to it; return what came of it."""
    found = {}
    for page in pages:
        cache.clear()
        address = reverse(page.name, args=[each.format(**keys) for each in page.args])
        if page.get is not None:
            found[f"GET {page}"] = _what_came(client.get(address, page.query), page)
        if page.post is not None:
            found[f"POST {page}"] = _what_came(client.post(address, _filled(page.sent, keys)), page)
    return found


def _what_came(answer, page):
    """Return the status of an answer, or where it is if the status does not tell."""
    led_to = answer.headers.get("Location", "")
    if led_to.startswith(reverse("admin:login")):
        return SIGN_IN
    if page.acting and (led_to or (answer.status_code == 200 and "cl" in answer.context)):
        return THE_LIST
    return answer.status_code


def _filled(sent, keys):
    return {
        name: [each.format(**keys) for each in value] if isinstance(value, list) else value
        for name, value in sent.items()
    }


def expected(may, pages=PAGES):
    """Return what comes of each page for somebody who has the rights that ``may`` is true of."""
    found = {}
    for page in pages:
        for method, status in (("GET", page.get), ("POST", page.post)):
            if status is None:
                continue
            acts = all(map(may, page.acting))
            found[f"{method} {page}"] = (status if acts else THE_LIST) if all(map(may, page.rights)) else 403
    return found


def test_no_page_is_left_out():
    known = {page.name.removeprefix("admin:") for page in PAGES} | DJANGO_S
    for model in admin.site._registry:
        known |= {f"{model._meta.app_label}_{model._meta.model_name}_{page}" for page in OF_A_TABLE}
    assert names_below("admin/") - known == set()


def names_below(prefix):
    """Return the names of all addresses that begin so."""
    found = set()

    def walk(patterns, before):
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if not isinstance(pattern, URLPattern):
                walk(pattern.url_patterns, route)
            elif route.startswith(prefix):
                found.add(pattern.name)

    walk(get_resolver().url_patterns, "")
    return found


@pytest.mark.parametrize("place", range(len(ROLES)), ids=ROLES)
def test_each_page_opens_by_the_role_in_the_chosen_database(keys, carol, place):
    held = dict(zip(NAMES, (ROLES[place], ROLES[place - 1]), strict=True))
    for name, role in held.items():
        give_role(carol, role, name)
    for name, role in held.items():
        may = {right: role_may(role, right) for right in RIGHTS} | {ANY: True}
        assert walk(at_work(carol, name), keys[name]) == expected(may.get), (name, role)


def test_a_superuser_gets_every_page(keys, alice):
    for name in NAMES:
        assert walk(at_work(alice, name), keys[name]) == expected(lambda right: right != NOBODY), name


def test_each_right_that_a_page_takes_is_needed(keys, carol):
    """Somebody with all rights but one does not get the pages that take this one."""
    role = Role.objects.create(name="All but one")
    for needed in RIGHTS:
        # Who may change may see.
        lacks = {needed, needed.replace(".view_", ".change_")}
        given = [
            each.pk
            for each in Permission.objects.select_related("content_type")
            if f"{each.content_type.app_label}.{each.codename}" not in lacks
        ]
        role.permissions.set(given)
        give_role(carol, role.name)
        pages = [page for page in PAGES if needed in (*page.rights, *page.acting)]
        found = walk(at_work(carol, "VBA_Demo"), keys["VBA_Demo"], pages)
        assert found == expected(lambda right, needed=needed: right != needed, pages), needed


def test_without_a_role_in_any_database_no_page_of_records_opens(keys, carol):
    found = walk(at_work(carol, "VBA_Demo"), keys["VBA_Demo"])
    assert found == expected(lambda right: False)


def test_whose_role_is_in_the_other_database_works_in_that_one_whatever_he_chooses(keys, carol):
    give_role(carol, "Administrator", "VBA_Acme")
    with databases.using("VBA_Acme"):
        Group.objects.filter(group_id="G2").update(name="Of Acme")
    client = at_work(carol, "VBA_Demo")
    assert "Of Acme" in client.get(reverse("admin:groups_group_changelist")).content.decode()


@pytest.mark.parametrize("who", ["signed out", "no member of staff"])
def test_others_than_staff_are_led_to_sign_in(keys, who):
    client = Client()
    if who != "signed out":
        user = User.objects.create_user("dave", password=PASSWORD)
        give_role(user, "Administrator", *NAMES)
        User.objects.filter(pk=user.pk).update(is_staff=False)
        client.force_login(user)
    pages = [page for page in PAGES if page.name != "choose_database"]
    assert set(walk(client, keys["VBA_Demo"], pages).values()) == {SIGN_IN}
