"""The list behind each number of the enrollment summary holds exactly the people that the number counts."""

import csv
import datetime
import io
import itertools
import random
import re

import pytest

from enrollment.engine.summary import summarize_contracts, summarize_group
from enrollment.models import SubEnrollment, SubEnrollmentPlan
from enrollment.pages.enrolled import PAGE, People, all_people, count_people, page_of_people
from groups.models import Group, GroupContract, GroupDivision
from members.models import Member, Subscriber
from tables.context import databases
from tables.context.days import business_date
from tables.history.models import HistoryEntry
from tests.admin.pages import text_of
from tests.admin.plans import assert_by_index, seen_statements
from tests.enrollment.others import make_others
from tests.enrollment.world import (
    JAN_1,
    day,
    enroll,
    make,
    make_contract,
    make_f,
    make_family,
    member_plan,
    more_families,
)
from tests.roles import give_rights, give_role

pytestmark = pytest.mark.django_db(databases="__all__")

DAYS = [day(text) for text in ("2023-12-31", "01-01", "03-15", "06-30", "07-01", "2026-01-01")]


@pytest.fixture(autouse=True)
def demo():
    """Fixture F in VBA_Demo, with others beside it."""
    with databases.using("VBA_Demo"):
        make_f()
        make_others()
        yield


@pytest.fixture
def crowd():
    """Families at random: several divisions, one where members hold benefits, leavers, void enrollments."""
    chance = random.Random(7)
    make(GroupDivision, group_id="G1", division_id="M", cobra_division=False)
    make_contract("M", benefit_at_member="Y")
    for n in range(60):
        subscriber = f"R{n:03}"
        make(Subscriber, subscriber_id=subscriber, last_name=f"Harbor{n % 3}", first_name="Ada")
        members = [f"{seq:02}" for seq in range(1, chance.randint(2, 4))]
        for seq in members:
            first, last = sorted(chance.sample(range(700), 2))
            make(
                Member,
                subscriber_id=subscriber,
                member_seq=seq,
                last_name=f"Harbor{n % 3}",
                first_name="Ada",
                date_enrolled=chance.choice([None, JAN_1 + datetime.timedelta(first)]),
                disenroll_date=chance.choice([None, JAN_1 + datetime.timedelta(last)]),
            )
        for division in chance.sample("ABCM", chance.randint(1, 3)):
            first = chance.randint(0, 300)
            start = JAN_1 + datetime.timedelta(first)
            end = chance.choice([None, start - datetime.timedelta(1), start + datetime.timedelta(first)])
            enroll(subscriber, division, start.isoformat(), end=end and end.isoformat())
            if division == "M":
                for seq in members[: chance.randint(0, 3)]:
                    member_plan(subscriber, seq, "M", "MED", start.isoformat())


def listed(people):
    """Return the keys of all pages, one after the other, and the same from the end backwards."""
    there, back = [], []
    found, more = page_of_people(people)
    there += found
    while more:
        found, more = page_of_people(people, after=key(there[-1]))
        there += found
    before = ("~", "~")
    more = True
    while more:
        found, more = page_of_people(people, before=before)
        back = found + back
        before = key(back[0]) if back else before
    assert list(map(key, there)) == list(map(key, back))
    return list(map(key, there))


def key(person):
    return person.subscriber_id, person.member.member_seq if person.member else ""


def test_each_number_of_the_summary_is_the_length_of_its_list(crowd):
    def check(today, summary, **scope):
        for members, current, number in (
            (False, False, summary.subscribers),
            (True, False, summary.members),
            (False, True, summary.subscribers_current),
            (True, True, summary.members_current),
        ):
            people = People("G1", members=members, today=today if current else None, **scope)
            assert count_people(people) == number
            keys = listed(people)
            assert len(keys) == len(set(keys)) == number, people
            assert keys == sorted(keys)
            if current:
                assert list(map(key, all_people(people, "VBA_Demo"))) == keys
                assert all(person.spans for person in page_of_people(people)[0])

    for today in DAYS:
        check(today, summarize_group("G1", today))
        for contract in summarize_contracts("G1", today):
            scope = {"division": contract.division_id, "contract": contract.coverage_start}
            check(today, contract.people, **scope)
    assert count_people(People("G1", members=True)) > PAGE


@pytest.fixture
def office(client, carol):
    """Carol's browser; ``office`` gives her a role."""

    def sign_in(role="Viewer"):
        give_role(carol, role)
        client.force_login(carol)
        return client

    return sign_in


PAGE_OF_G1 = "/admin/enrolled/G1/"


def rows(page):
    return [key(person) for person in page.context["found"]]


def test_todays_people_are_the_default_and_filters_narrow_the_list(office):
    make_family("S3", "B", "05-01", members=("01", "02"))
    enroll("S3", "C", "2099-01-01")
    Member.objects.filter(subscriber_id="S3").update(last_name="O'Dell", first_name="Bela")
    browser = office()

    def found(**query):
        return rows(browser.get(PAGE_OF_G1, query))

    assert found() == [("S1", ""), ("S2", ""), ("S3", "")]
    assert found(division_ID="B") == [("S2", ""), ("S3", "")]
    assert found(division_ID="C") == []
    assert found(division_ID="C", covered="ever") == [("S3", "")]
    assert found(as_of="2024-04-01") == [("S1", ""), ("S2", "")]
    assert found(as_of="2024-04-01", who="members") == [("S1", "01"), ("S1", "02"), ("S2", "01")]
    assert found(plan="DEN") == [("S1", "")]
    SubEnrollmentPlan.objects.using("VBA_Demo").filter(subscriber_id="S3").update(tier="2")
    assert found(plan="MED", tier="2") == [("S3", "")]
    assert found(plan="DEN", who="members") == [("S1", "01"), ("S1", "02")]
    assert found(q="S2") == [("S2", "")]
    assert found(q="o'd b", who="members") == [("S3", "01"), ("S3", "02")]
    Member.objects.using("VBA_Demo").filter(subscriber_id="S2").update(last_name="De La Cruz")
    for term in ("De La Cruz", "de la cruz,", "de la"):
        assert found(q=term) == [("S2", "")], term
        assert found(q=term, who="members") == [("S2", "01")], term
    assert found(q="de la cruz x") == found(q="de, la") == []
    assert found(q="%") == []
    assert found(contract="2023-01-01") == []
    wrong = browser.get(PAGE_OF_G1, {"as_of": "soon"})
    assert wrong.status_code == 400
    assert "Coverage date must be a date" in text_of(wrong)


def test_plans_of_members_are_looked_for_where_members_hold_them(office):
    make(GroupDivision, group_id="G1", division_id="M", cobra_division=False)
    make_contract("M", benefit_at_member="Y")
    make_family("S4", "M", "01-01", members=("01", "02"), plans=())
    member_plan("S4", "02", "M", "DEN")
    browser = office()
    assert rows(browser.get(PAGE_OF_G1, {"division_ID": "M", "plan": "DEN"})) == [("S4", "")]
    query = {"division_ID": "M", "plan": "DEN", "who": "members"}
    assert rows(browser.get(PAGE_OF_G1, query)) == [("S4", "02")]


def lines_of(browser, **query):
    """Return the lines of the csv that a list is downloaded as, each with its key, first day and plans."""
    answer = browser.get("/admin/enrolled-csv/G1/", query)
    lines = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()))
    return [(each["subscriber_ID"], each["member_Seq"], each["start_Date"], each["plans"]) for each in lines]


def test_a_member_is_listed_with_the_enrollments_that_cover_him_alone(office):
    make(GroupDivision, group_id="G1", division_id="M", cobra_division=False)
    make_contract("M", benefit_at_member="Y")
    make_family("S4", "M", "2023-01-01", end="2023-12-31", members=("01", "02"), plans=())
    enroll("S4", "M", "2024-01-01", plans=())
    # The spouse waived the first year.
    for seq, start in (("01", "2023-01-01"), ("01", "2024-01-01"), ("02", "2024-01-01")):
        member_plan("S4", seq, "M", "MED", start)
    browser = office()
    listed = {"division_ID": "M", "who": "members", "covered": "ever"}
    assert lines_of(browser, **listed) == [
        ("S4", "01", "2023-01-01", "MED"),
        ("S4", "01", "2024-01-01", "MED"),
        ("S4", "02", "2024-01-01", "MED"),
    ]
    people = {key(person): person.spans for person in browser.get(PAGE_OF_G1, listed).context["found"]}
    assert {who: len(spans) for who, spans in people.items()} == {("S4", "01"): 2, ("S4", "02"): 1}


@pytest.mark.parametrize("who", ["", "members"])
def test_people_with_a_plan_are_listed_with_the_enrollments_that_have_it_alone(office, who):
    make_family("S4", "A", "2023-01-01", end="2023-12-31", plans=("MED",), members=("01",))
    enroll("S4", "A", "2024-02-01", end="2024-05-31", plans=("DEN", "MED"))
    enroll("S4", "B", "2024-07-01", plans=("MED",))
    seq = "01" if who else ""
    found = lines_of(office(), plan="DEN", who=who, covered="ever", q="S4")
    assert found == [("S4", seq, "2024-02-01", "DEN; MED")]


def test_a_line_tells_name_span_and_plans_and_leads_to_the_records(office):
    enrollment = SubEnrollment.objects.get(subscriber_id="S1", group_id="G1")
    page = office().get(PAGE_OF_G1, {"division_ID": "A"})
    assert "S1 Harbor, Sam A 2024-01-01 – open DEN, MED" in text_of(page)
    html = page.content.decode()
    for address in ("members/subscriber/S1/change/", f"enrollment/subenrollment/{enrollment.pk}/change/"):
        assert f'href="/admin/{address}"' in html


def test_every_number_on_the_summary_page_leads_to_as_many_people(office, crowd):
    numbers = 4 + 4 * GroupContract.objects.filter(group_id="G1").count()
    browser = office()
    summary = browser.get("/admin/enrollment-summary/G1/", {"as_of": "2024-06-30"}).content.decode()
    links = re.findall(r'<a href="(/admin/enrolled/[^"]+)">([\d,]+)</a>', summary)
    assert len(links) == numbers
    for url, number in links:
        page = browser.get(url.replace("&amp;", "&"))
        assert page.context["total"] == int(number.replace(",", "")), url


def test_division_and_group_lead_to_their_people(office):
    browser = office()
    division = GroupDivision.objects.get(group_id="G1", division_id="B")
    for url, found in (
        (f"/admin/groups/groupdivision/{division.pk}/change/", [("S2", "")]),
        ("/admin/groups/group/G1/change/", [("S1", ""), ("S2", "")]),
    ):
        links = dict(browser.get(url).context["record_links"])
        assert rows(browser.get(links["Enrolled people"])) == found


def test_who_may_not_see_people_or_enrollments_sees_no_list(client, carol):
    client.force_login(carol)
    all_rights = ["groups.view_group", "enrollment.view_subenrollment"]
    all_rights += ["members.view_member", "members.view_subscriber"]
    for missing in all_rights:
        give_rights(carol, *(right for right in all_rights if right != missing))
        assert client.get(PAGE_OF_G1).status_code == 403, missing
        assert client.get("/admin/enrolled-csv/G1/").status_code == 403, missing
    give_rights(carol, *all_rights[:2])
    assert "/admin/enrolled/" not in client.get("/admin/enrollment-summary/G1/").content.decode()
    give_rights(carol, *all_rights)
    assert client.get(PAGE_OF_G1).status_code == 200
    assert client.get("/admin/enrolled/G9/").status_code == 404


def test_the_list_is_downloaded_as_csv_and_that_is_on_record(office):
    Subscriber.objects.filter(subscriber_id="S2").update(last_name="=1+1")
    answer = office().get("/admin/enrolled-csv/G1/", {"division_ID": "B", "as_of": "2024-06-30"})
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [(line["subscriber_ID"], line["last_Name"], line["plans"]) for line in lines] == [
        ("S2", "'=1+1", "MED")
    ]
    with databases.using("VBA_Demo"):
        entry = HistoryEntry.objects.get(action="exported")
    assert (entry.actor, entry.source, entry.table_name) == ("carol", "admin", "subscribers")
    assert entry.changes == {
        "List": "Enrolled people",
        "group_ID": "G1",
        "Format": "csv",
        "division_ID": "B",
        "as_of": "2024-06-30",
        "Rows": 1,
    }


@pytest.mark.parametrize("who", ["", "members"])
def test_a_list_of_any_length_is_downloaded_whole(office, who, monkeypatch):
    # Longer than what the database hands over at once, and than what the download works on at once.
    monkeypatch.setattr("enrollment.pages.enrolled._CHUNK", 120)
    more_families(300, like="S1")
    found = lines_of(office(), who=who)
    with databases.using("VBA_Demo"):
        people = listed(People("G1", members=bool(who), today=business_date()))
    assert len(people) > 300
    assert [line[:2] for line in found] == people


def test_a_number_that_was_searched_for_does_not_go_on_record(office):
    b"".join(office().get("/admin/enrolled-csv/G1/", {"q": "900 11 2222"}).streaming_content)
    with databases.using("VBA_Demo"):
        assert HistoryEntry.objects.get(action="exported").changes["q"] == "***"


def test_pages_take_the_same_queries_by_index_however_many_people_there_are(office, crowd):
    browser = office()
    ways = [
        {},
        {"after": "R010/01"},
        {"before": "R050/"},
        {"plan": "MED"},
        {"q": "Harbor1 a"},
        {"q": "Harbor1, Ada"},
    ]
    for way, who in itertools.product(ways, ["", "members"]):
        counts = []
        for query in ({"covered": "ever"}, {"division_ID": "B", "as_of": "2024-12-31"}):
            with seen_statements() as statements:
                page = browser.get(PAGE_OF_G1, {**query, **way, "who": who})
            assert page.context["found"]
            counts.append(len(statements))
            assert_by_index(statements)
        assert counts[0] == counts[1]


def test_keys_of_any_kind_are_paged_over(office):
    make(Group, group_id="G/2 &?#")
    browser = office()
    assert browser.get("/admin/enrolled/G%2F2%20%26%3F%23/").status_code == 200
    assert browser.get(PAGE_OF_G1, {"after": "\0/\0", "q": "\0", "division_ID": "é\0"}).status_code == 200
