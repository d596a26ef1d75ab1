"""Two databases with the same keys, and all interfaces at once: REST, the admin and files. Nothing
crosses."""

import http.client
import json
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client

from groups.models import Group, GroupDivision
from tables.context import databases
from tests.admin.pages import FormReader
from tests.api.published import DIVISION, GROUP, GROUPS
from tests.api.server import RawProgram
from tests.at_once import together
from tests.files.commands import end, start
from tests.roles import give_role

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

NAMES = ("VBA_Demo", "VBA_Acme")
TURNS = 5


class Office:
    """A user of the real server's admin, with a browser's cookies and forms."""

    def __init__(self, port, user):
        client = Client()
        client.force_login(user)
        self.cookies = {"sessionid": client.cookies["sessionid"].value}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def request(self, method, path, fields=None):
        """Send a request as a browser would; return status and page."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
        answer = self.connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, answer.read().decode()

    def form(self, path, form_id):
        """Return what a browser would send of the form, untouched."""
        status, page = self.request("GET", path)
        assert status == 200, page
        reader = FormReader(form_id)
        reader.feed(page)
        return reader.fields

    def choose(self, name):
        """Switch to a database."""
        token = self.form("/admin/groups/group/add/", "group_form")["csrfmiddlewaretoken"]
        fields = {"csrfmiddlewaretoken": token, "database": name}
        assert self.request("POST", "/admin/choose-database/", fields)[0] == 302


@pytest.fixture
def people():
    """A user for each database, whose name tells it, with a role in both: rights hold nothing back here."""
    made = {}
    for name in NAMES:
        made[name] = User.objects.create_user(f"of {name}", is_staff=True)
        give_role(made[name], "Administrator", *NAMES)
    return made


def rest(port, headers, name):
    """Write, replace, batch and read groups and divisions; every row read must be of this database.

    The files' rows stand under the name of the shell's user, in either database.
    """
    program = RawProgram(port, headers)

    def work():
        for turn in range(TURNS):
            key = f"rest{turn}"
            new = program.call("POST", GROUPS, GROUP.record(group_ID=key, name=name))
            assert new.data["name"] == name
            assert program.call("PUT", f"{GROUPS}/{key}", GROUP.record(group_ID=key, name=name)).status == 200
            batch = [GROUP.record(group_ID=f"{key}-{n}", name=name) for n in range(3)]
            assert program.call("PUT", f"{GROUPS}-batch", batch).status == 207
            division = DIVISION.record(group_ID=key, name=name)
            assert program.call("POST", f"{GROUPS}/{key}/divisions", division).data["name"] == name
            assert program.call("DELETE", f"{GROUPS}/{key}-0").status == 204
            rows = program.call("GET", f"{GROUPS}?pageSize=1000").data
            assert {row["name"] for row in rows} == {name}
            of_people = {row["entry_User"] for row in rows if not row["group_ID"].startswith("file")}
            assert of_people == {f"of {name}"}
        program.close()

    return work


def office(port, user, name):
    """Add, read and change groups at the admin's forms."""
    browser = Office(port, user)
    browser.choose(name)

    def work():
        for turn in range(TURNS):
            sent = browser.form("/admin/groups/group/add/", "group_form")
            assert sent["_database"] == name
            sent |= {"group_id": f"office{turn}", "name": name, "_save": "Save"}
            assert browser.request("POST", "/admin/groups/group/add/", sent)[0] == 302
            page = f"/admin/groups/group/office{turn}/change/"
            sent = browser.form(page, "group_form")
            assert (sent["name"], sent["_database"]) == (name, name)
            assert browser.request("POST", page, sent | {"city": name, "_save": "Save"})[0] == 302
        browser.connection.close()

    return work


def files(folder, name):
    """Load the same keys from a file, by a process of its own, and dump what is there after."""
    loaded, dumped = folder / f"{name}.ndjson", folder / f"{name} dumped.ndjson"
    rows = [GROUP.record(group_ID=f"file{n}", name=name) for n in range(300)]
    loaded.write_text("\n".join(json.dumps(row) for row in rows))

    def work():
        code, said = end(start("load_table", "groups", loaded, "--database", name))
        assert code == 0, said
        code, said = end(start("dump_table", "groups", dumped, "--database", name))
        assert code == 0, said
        assert {json.loads(line)["name"] for line in dumped.read_text().splitlines()} == {name}

    return work


def test_no_interface_writes_into_the_other_database(port, people, both_key, signed_in, tmp_path):
    doors = []
    for name, user in people.items():
        doors += [rest(port, signed_in(user, both_key, name), name), office(port, user, name)]
        doors += [files(tmp_path, name)]
    together(*doors)
    keys = {}
    for name in NAMES:
        with databases.using(name):
            assert set(Group.objects.values_list("name", flat=True)) == {name}
            assert set(GroupDivision.objects.values_list("name", flat=True)) == {name}
            by_people = Group.objects.exclude(group_id__startswith="file")
            assert set(by_people.values_list("entry_user", "update_user")) == {(f"of {name}",) * 2}
            offices = Group.objects.filter(group_id__startswith="office")
            assert set(offices.values_list("city", flat=True)) == {name}
            keys[name] = set(Group.objects.values_list("group_id", flat=True))
    assert keys["VBA_Demo"] == keys["VBA_Acme"]
    assert len(keys["VBA_Demo"]) == 300 + TURNS + TURNS * 3


def test_one_user_in_two_browsers_works_in_two_databases_at_once(port, alice):
    together(*(office(port, alice, name) for name in NAMES))
    for name in NAMES:
        with databases.using(name):
            assert set(Group.objects.values_list("name", "city")) == {(name, name)}
            assert Group.objects.count() == TURNS
