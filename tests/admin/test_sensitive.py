"""Social Security numbers are masked for everybody; to see one is a deliberate act that goes on record."""

import json

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse

from access.models import AccessEntry
from loads.models import FileLoad
from members.models import Member
from tables.context import databases
from tables.history.models import HistoryEntry
from tables.schema.columns import columns
from tests.admin.pages import address, errors_of, text_of
from tests.admin.records import have_with_parents, least
from tests.roles import give_rights

pytestmark = pytest.mark.django_db(databases="__all__")

SSN = "900-12-3456"
RIGHTS = ["members.view_member", "members.view_subscriber", "history.view_historyentry"]
MAY_SEE = [*RIGHTS, "members.view_ssn"]
MAY_WRITE = [*MAY_SEE, "members.change_member"]
SHOW = {"_show_sensitive": "1"}


@pytest.fixture
def person():
    """A member with a Social Security number."""
    *_, record = have_with_parents(Member, ssn=SSN)
    return record


@pytest.fixture
def office(client, carol):
    """Carol's browser, signed in to VBA_Demo; ``office`` gives her rights."""

    def grant(*rights):
        give_rights(carol, *rights)
        client.force_login(carol)
        return client

    return grant


def page_of(person, page="change"):
    return address(Member, page, person.pk)


def seen(action="viewed"):
    """Return who has seen or exported what, oldest first."""
    with databases.using("VBA_Demo"):
        found = HistoryEntry.objects.filter(action=action).order_by("id")
        return [(e.actor, e.source, e.table_name, e.row_key, e.changes) for e in found]


def sent(client, person, **changes):
    """Return what the form of the page sends back."""
    form = client.get(page_of(person)).context["adminform"].form
    values = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    return {**values, **changes}


@pytest.mark.parametrize("rights", [RIGHTS, MAY_SEE, MAY_WRITE])
def test_no_page_shows_a_number_by_itself(office, person, rights):
    client = office(*rights)
    for page in ("change", "history"):
        html = client.get(page_of(person, page)).content.decode()
        assert SSN not in html
    assert "•••••" in client.get(page_of(person)).content.decode()
    for query in ("_show_sensitive=1", "_sensitive_shown=1"):
        assert SSN not in client.get(f"{page_of(person)}?{query}").content.decode()
    assert seen() == []


@pytest.mark.parametrize("rights", [MAY_SEE, MAY_WRITE])
def test_the_button_shows_it_and_that_is_recorded_without_the_number(office, person, rights):
    client = office(*rights)
    assert "Show SSN" in text_of(client.get(page_of(person)))
    assert SSN in client.post(page_of(person), SHOW).content.decode()
    assert seen() == [("carol", "admin", "members", list(map(str, person.key_values())), {"Shown": "SSN"})]
    assert SSN not in client.get(page_of(person)).content.decode()


def test_who_may_not_see_it_has_no_button_and_no_way(office, person):
    client = office(*RIGHTS, "members.change_member")
    assert "Show SSN" not in text_of(client.get(page_of(person)))
    assert client.post(page_of(person), SHOW).status_code == 403
    assert client.post(page_of(person, "history")).status_code == 403
    wrong = sent(client, person, birth_date="never", _sensitive_shown="1")
    assert SSN not in client.post(page_of(person), wrong).content.decode()
    assert seen() == []


def test_a_permission_for_numbers_alone_opens_no_member(office, person):
    assert office("members.view_ssn", "groups.view_group").post(page_of(person), SHOW).status_code == 403
    assert seen() == []


def test_a_shown_number_can_be_changed_and_a_masked_one_stays(office, person, clerk):
    client = office(*MAY_WRITE)
    assert client.post(page_of(person), sent(client, person, last_name="Rivera")).status_code == 302
    assert clerk.stored(Member, pk=person.pk).ssn == SSN
    proof = client.post(page_of(person), SHOW).context["shown_proof"]
    values = sent(client, person, ssn="900-99-9999", _sensitive_shown=proof)
    assert client.post(page_of(person), values).status_code == 302
    stored = clerk.stored(Member, pk=person.pk)
    assert (stored.last_name, stored.ssn) == ("Rivera", "900-99-9999")


def test_a_number_is_not_changed_unseen(office, person, clerk):
    client = office(*MAY_WRITE)
    others = {"_sensitive_shown": signing.dumps(["1", "VBA_Demo", "members.Member", "1"])}
    for mark in ({}, {"_sensitive_shown": "1"}, others):
        answer = client.post(page_of(person), sent(client, person, ssn="900-99-9999", **mark))
        assert list(errors_of(answer)) == ["ssn"]
        assert SSN not in answer.content.decode()
    assert clerk.stored(Member, pk=person.pk).ssn == SSN


def test_the_proof_of_one_record_and_user_opens_no_other(office, person, alice):
    with databases.using("VBA_Demo"):
        other = Member.objects.create(**least(Member, member_seq="77", ssn=SSN))
    client = office(*MAY_WRITE)
    proof = client.post(page_of(person), SHOW).context["shown_proof"]
    wrong = sent(client, other, birth_date="never", _sensitive_shown=proof)
    assert SSN not in client.post(page_of(other), wrong).content.decode()
    client.force_login(alice)
    wrong = sent(client, person, birth_date="never", _sensitive_shown=proof)
    assert SSN not in client.post(page_of(person), wrong).content.decode()


def test_a_refused_form_does_not_show_what_was_not_shown(office, person):
    client = office(*MAY_WRITE)
    for mark in ({}, {"_sensitive_shown": "1"}):
        wrong = sent(client, person, birth_date="never", **mark)
        wrong.pop("ssn", None)
        answer = client.post(page_of(person), wrong)
        assert answer.status_code == 200
        assert SSN not in answer.content.decode()


def test_a_missing_number_can_be_typed_by_those_who_may_see_it(office, clerk):
    *_, person = have_with_parents(Member)
    client = office(*MAY_WRITE)
    assert "Show SSN" not in text_of(client.get(page_of(person)))
    client.post(page_of(person), sent(client, person, ssn=SSN))
    assert clerk.stored(Member, pk=person.pk).ssn == SSN


def test_the_history_shows_numbers_by_the_button_too(office, person):
    with databases.using("VBA_Demo"):
        person.ssn = "900-77-7777"
        person.save()
    client = office(*MAY_SEE)
    assert "900-77-7777" in client.post(page_of(person, "history")).content.decode()
    assert [facts for *_, facts in seen()] == [{"Shown": "SSN, in the history"}]
    listed = text_of(client.get("/admin/history/historyentry/", {"action__exact": "viewed"}))
    assert "Shown: SSN, in the history" in listed
    assert "Sensitive values shown" in text_of(client.get(page_of(person, "history")))


@pytest.mark.parametrize("rights", [RIGHTS, MAY_SEE])
@pytest.mark.parametrize("query", ["ssn=900-12-3456", "ssn__startswith=9", "ssn__gte=8"])
def test_a_list_is_not_narrowed_by_pieces_of_a_number(office, person, rights, query):
    answer = office(*rights).get(f"{address(Member, 'changelist')}?{query}")
    assert answer.status_code in (302, 400)


@pytest.fixture
def changed(person):
    """An entry of the history that holds the person's number."""
    with databases.using("VBA_Demo"):
        Member.objects.filter(pk=person.pk).update(ssn="900-77-7777")
        return HistoryEntry.objects.get(table_name="members", action="updated")


@pytest.mark.parametrize("rights", [RIGHTS, MAY_SEE])
def test_no_page_of_the_history_shows_a_number_by_itself(office, changed, rights):
    client = office(*rights)
    for page in (address(HistoryEntry, "changelist"), address(HistoryEntry, "change", changed.pk)):
        assert SSN not in client.get(page, follow=True).content.decode()


@pytest.mark.parametrize(
    "query", ["changes__ssn__0=900-12-3456", "changes__ssn__1__startswith=9", "changes__gt=8"]
)
def test_the_history_is_not_narrowed_by_pieces_of_a_number(office, changed, query):
    answer = office(*MAY_SEE).get(f"{address(HistoryEntry, 'changelist')}?{query}")
    assert answer.status_code in (302, 400)


# --- the access log, and what a user without the right brings in ---


def logged():
    """Return what the access log tells: kind, who, from where, table, key, rows and values; oldest first."""
    return [
        (e.kind, e.username, e.source, e.database, e.table_name, e.row_key, e.rows, e.values)
        for e in AccessEntry.objects.order_by("id")
    ]


def test_a_number_that_is_shown_is_in_the_access_log(office, person):
    client = office(*MAY_SEE)
    client.get(page_of(person))
    assert logged() == []
    client.post(page_of(person), SHOW)
    key = ["1", "1"]
    assert logged() == [("ssn_shown", "carol", "admin", "VBA_Demo", "members", key, 1, 1)]
    client.post(page_of(person, "history"), SHOW)
    assert logged()[1] == ("ssn_shown", "carol", "admin", "VBA_Demo", "members", key, 1, None)
    first = AccessEntry.objects.first()
    assert (first.method, first.address) == ("POST", "127.0.0.1")
    assert str(person.pk) not in first.route
    with databases.using("VBA_Demo"):
        Member.objects.update(ssn=None)
    client.post(page_of(person), SHOW)
    assert len(logged()) == 2


def test_a_number_is_not_shown_if_it_cannot_be_recorded(office, person):
    client = office(*MAY_SEE)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE access_accessentry RENAME TO access_gone")
    for ask in (
        lambda: client.post(page_of(person), SHOW),
        lambda: client.get(address(Member, "export", "csv")),
    ):
        with transaction.atomic():
            answer = ask()
            transaction.set_rollback(True)
        assert (answer.status_code, SSN in answer.getvalue().decode()) == (503, False)


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_an_export_with_numbers_is_in_the_access_log(office, person, form):
    client = office(*RIGHTS)
    client.get(address(Member, "export", form)).getvalue()
    assert logged() == []
    client = office(*MAY_SEE)
    client.get(address(Member, "export", form)).getvalue()
    assert logged() == [("ssn_shown", "carol", "admin", "VBA_Demo", "members", [], 1, 1)]


def lines_of(form, *lines):
    """Return a file of members of the family 1: their sequence, last name and number (None: not given)."""
    least = {each.published: False for each in columns(Member) if each.required and not each.is_key}
    names = ["Subscriber_ID", "Member_Seq", "Last_Name", "SSN"]
    rows = [{**least, **dict(zip(names, ("1", *line), strict=True))} for line in lines]
    if form == "csv":
        return "".join(",".join(map(str, line)) + "\n" for line in [rows[0], *(row.values() for row in rows)])
    given = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return "".join(f"{json.dumps(row)}\n" for row in given)


MAY_LOAD = [*RIGHTS, "members.add_member", "members.change_member"]


def load(client, form, *lines):
    """Send a file of members, check it and load it; return its counts and the reasons of refusals."""
    content = SimpleUploadedFile(f"m.{form}", lines_of(form, *lines).encode())
    page = client.post(reverse("load_file", args=["members"]), {"file": content})["Location"]
    for step in ("check", "load"):
        client.post(page, {"step": step})
    with databases.using("VBA_Demo"):
        file = FileLoad.objects.latest("pk")
    assert file.state == "loaded"
    assert "900-" not in str(file.shown)
    reasons = [line["reason"] for line in file.shown]
    return file.rows_created, file.rows_updated, file.rows_unchanged, reasons


def numbers():
    with databases.using("VBA_Demo"):
        return list(Member.objects.order_by("pk").values_list("ssn", flat=True))


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_file_of_who_may_not_see_numbers_keeps_them_and_may_bring_new_ones(office, person, form):
    client = office(*MAY_LOAD)
    reason = "ssn differs from the stored value, which you may not change. Leave it empty to keep it."
    other, new = "900-99-9999", "900-11-1111"
    assert load(client, form, ("1", "Reyes", other), ("02", "Reyes", new)) == (1, 0, 0, [reason])
    assert load(client, form, ("1", "Rivera", ""), ("02", "Rivera", new)) == (0, 2, 0, [])
    assert load(client, form, ("1", "Rivera", SSN), ("02", "Rivera", "")) == (0, 0, 2, [])
    assert load(client, form, ("03", "Reyes", ""), ("03", "Reyes", new)) == (1, 0, 0, [reason])
    if form == "ndjson":
        assert load(client, form, ("1", "Reyes", None), ("02", "Reyes", new)) == (0, 2, 0, [])
    assert numbers() == [SSN, new, None]
    client = office(*MAY_LOAD, "members.view_ssn")
    assert load(client, form, ("1", "Nakai", other), ("02", "Nakai", "")) == (0, 2, 0, [])
    assert numbers() == [other, None, None]
    assert logged() == []


def test_records_without_a_number_beside_some_with_one_get_their_own_reasons(office, person):
    given = lines_of("ndjson", ("1", "Reyes", "900-99-9999"), ("02", "Reyes", "900-11-1111"))
    incomplete = json.dumps({"subscriber_ID": "1", "member_Seq": "03", "last_Name": "Reyes"})
    path = SimpleUploadedFile("m.ndjson", f"{given}{incomplete}\n".encode())
    client = office(*MAY_LOAD)
    page = client.post(reverse("load_file", args=["members"]), {"file": path})["Location"]
    client.post(page, {"step": "check"})
    with databases.using("VBA_Demo"):
        first, *others = [line["reason"] for line in FileLoad.objects.latest("pk").shown]
    assert logged() == []
    client.get(reverse("load_report", args=["members", page.split("/")[-2], "rejects"])).getvalue()
    assert [entry[4:] for entry in logged()] == [("members", [], 2, None)]
    assert first.startswith("ssn differs")
    assert others
    assert all(each.endswith("is required.") for each in others)


def test_an_operator_at_the_shell_changes_and_empties_numbers(person, tmp_path, capsys):
    path = tmp_path / "m.csv"
    for given, stored in (("900-99-9999", "900-99-9999"), ("", None)):
        path.write_text(f"Subscriber_ID,Member_Seq,SSN\n1,1,{given}\n")
        with pytest.raises(SystemExit) as ended:
            call_command("load_table", "members", str(path), "--database", "VBA_Demo", "--user", "nobody")
        assert ended.value.code == 0
        with databases.using("VBA_Demo"):
            assert Member.objects.get().ssn == stored


def test_a_new_member_may_bring_a_number_by_the_form_of_who_may_not_see_it(office, person):
    client = office(*MAY_LOAD, "members.add_member")
    values = {"subscriber_id": "1", "member_seq": "02", "ssn": "900-11-1111", "_save": "Save"}
    form = client.get(address(Member, "add")).context["adminform"].form
    rest = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    assert client.post(address(Member, "add"), {**rest, **values}).status_code == 302
    with databases.using("VBA_Demo"):
        assert Member.objects.get(member_seq="02").ssn == "900-11-1111"
