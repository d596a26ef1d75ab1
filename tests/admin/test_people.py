"""People in the admin: masked numbers stay, keys are given, overlaps are told beside the field."""

import pytest

from enrollment.models import MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from groups.models import GroupContractPlan
from members.models import Member, Subscriber
from tests.admin.pages import address, errors_of, text_of
from tests.admin.records import have, have_with_parents, least
from tests.roles import give_rights

pytestmark = pytest.mark.django_db(databases="__all__")

SSN = "900-12-3456"
RIGHTS = ["members.view_member", "members.view_subscriber"]


@pytest.fixture
def person():
    """A member with a Social Security number."""
    *_, record = have_with_parents(Member, ssn=SSN)
    return record


@pytest.fixture
def carols_pages(client, carol):
    """Carol's browser, signed in to VBA_Demo; ``grant`` gives her rights."""

    def grant(*rights):
        give_rights(carol, *rights)
        client.force_login(carol)
        return client

    return grant


def test_saving_a_masked_number_keeps_it(carols_pages, clerk, person):
    client = carols_pages(*RIGHTS, "members.change_member")
    page = address(Member, "change", person.pk)
    form = client.get(page).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    response = client.post(page, {**sent, "last_name": "Rivera"})
    assert response.status_code == 302
    stored = clerk.stored(Member, pk=person.pk)
    assert (stored.last_name, stored.ssn) == ("Rivera", SSN)


def test_keys_are_given_to_records_added_without(clerk):
    assert clerk.send(address(Subscriber, "add"), last_name="Rivera").status_code == 302
    assert clerk.stored(Subscriber, last_name="Rivera").subscriber_id.isdigit()


def test_an_overlap_is_told_beside_the_end(clerk):
    have_with_parents(SubEnrollment)
    sent = {name: str(value) for name, value in least(SubEnrollment).items()} | {"start_date": "2024-05-01"}
    response = clerk.send(address(SubEnrollment, "add"), **sent)
    told = ["The enrollment overlaps another of the subscriber in this division."]
    assert errors_of(response) == {"end_date": told}


DOUBTFUL = [
    (SubEnrollment, {"start_date": "2023-12-01"}, "The enrollment goes beyond the dates of its contract."),
    (SubEnrollmentPlan, {}, "The contract does not offer the plan."),
    (SubEnrollmentPlan, {"plan_start": "2023-12-01"}, "The plan goes beyond the dates of its enrollment."),
    (MemEnrollmentPlan, {}, "The contract does not offer the plan."),
    (
        MemEnrollmentPlan,
        {"plan_start": "2023-12-01"},
        "The plan goes beyond the dates of the family's enrollment.",
    ),
    (
        Member,
        {"date_enrolled": "2024-02-01", "disenroll_date": "2024-01-01"},
        "Disenroll Date is before Date Enrolled.",
    ),
]


@pytest.mark.parametrize(("model", "values", "text"), DOUBTFUL)
def test_what_is_doubtful_is_kept_and_told_on_its_page(clerk, model, values, text):
    *_, record = have_with_parents(model, **values)
    page = text_of(clerk.get(address(model, "change", record.pk)))
    assert text.replace("'", "&#x27;") in page or text in page


@pytest.mark.parametrize("model", [SubEnrollment, SubEnrollmentPlan, Member])
def test_a_record_without_doubts_has_none_told(clerk, model):
    *_, record = have_with_parents(model)
    if model is SubEnrollmentPlan:
        have(GroupContractPlan)
    page = text_of(clerk.get(address(model, "change", record.pk)))
    assert not [text for _, _, text in DOUBTFUL if text in page]
