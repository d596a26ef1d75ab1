"""seed_demo: made-up data that keeps the rules, the same for the same seed."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from enrollment.models import DisenrollLog, MemEnrollmentPlan, SubEnrollment, SubEnrollmentPlan
from groups.models import Group
from members.models import Member, Subscriber
from tables.admin.data_checks import count_all, doubts_of
from tables.context import databases
from tables.context.days import business_date
from tables.schema.registry import all_tables

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def demo():
    """VBA_Demo, chosen."""
    with databases.using("VBA_Demo"):
        yield


def seed(groups=20, subscribers=600, database="VBA_Demo", **options):
    out = io.StringIO()
    call_command(
        "seed_demo", database=database, groups=groups, subscribers=subscribers, stdout=out, **options
    )
    return out.getvalue()


def rows(model, database):
    names = [f.column for f in model._meta.fields if f.column and f.column != "id"]
    names = [name for name in names if not name.startswith(("entry_", "update_", "disenrolllog_key"))]
    return sorted(map(str, model._default_manager.using(database).values_list(*names)))


def test_the_same_seed_makes_the_same_rows():
    seed(seed=7)
    seed(seed=7, database="VBA_Acme")
    for model in (
        Group,
        Subscriber,
        Member,
        SubEnrollment,
        SubEnrollmentPlan,
        MemEnrollmentPlan,
        DisenrollLog,
    ):
        assert rows(model, "VBA_Demo") == rows(model, "VBA_Acme")
        assert rows(model, "VBA_Demo")


def test_employers_are_of_very_different_sizes_and_some_have_left():
    seed(groups=30)
    sizes = sorted(Group.objects.values_list("total_employees", flat=True))
    assert sizes[-1] > 5 * sizes[len(sizes) // 2]
    assert Group.objects.filter(disenroll_date__isnull=False).exists()
    assert DisenrollLog.objects.exists()


@pytest.fixture(params=["made-up employers", "employers that are there"])
def seeded(request):
    """People enrolled with employers of either kind."""
    if request.param == "made-up employers":
        seed()
    else:
        call_command("load_examples", database="VBA_Demo", stdout=io.StringIO())
        seed(groups=0)


def test_people_are_enrolled_with_the_employers_that_are_there():
    call_command("load_examples", database="VBA_Demo", stdout=io.StringIO())
    employers = Group.objects.count()
    assert "subscribers: 600 rows" in seed(groups=0)
    assert Group.objects.count() == employers
    assert SubEnrollment.objects.values("group_id").distinct().count() > 50
    assert not SubEnrollment.objects.filter(end_date__isnull=True, group_id__in=_left()).exists()


def _left():
    return Group.objects.filter(disenroll_date__isnull=False).values("group_id")


def test_the_data_keeps_the_rules(seeded):
    with connections["VBA_Demo"].cursor() as cursor:
        # The trigger looks at what a statement writes: let it look at all of it.
        cursor.execute("SELECT set_config('vba.spans_checked', 'off', true)")
        cursor.execute("UPDATE subenrollment SET policy_number = 'X', end_date = end_date")
    for plans, start in ((SubEnrollmentPlan, "start_date"), (MemEnrollmentPlan, "sub_start_date")):
        with connections["VBA_Demo"].cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {plans._meta.db_table} AS p JOIN subenrollment AS e"
                " ON e.subscriber_id = p.subscriber_id AND e.group_id = p.group_id"
                " AND e.division_id = p.division_id AND e.group_coverage_start = p.group_coverage_start"
                f" AND e.start_date = p.{start}"
                " WHERE p.plan_start < e.start_date"
                " OR coalesce(p.plan_end, 'infinity') > coalesce(e.end_date, 'infinity')"
            )
            assert cursor.fetchone() == (0,)
    assert not Member.objects.exclude(ssn__startswith="9").exists()


def test_nothing_of_it_is_doubtful(seeded):
    doubts = [(model, doubt) for model in all_tables() for doubt in doubts_of(model)]
    numbers = count_all(doubts, business_date())
    assert [doubt.text for (_, doubt), number in zip(doubts, numbers, strict=True) if number] == []
    assert len(doubts) > 3


def test_a_database_that_has_made_up_groups_is_left_alone():
    seed(groups=1, subscribers=1)
    with pytest.raises(CommandError, match="nothing was written"):
        seed()
    assert Group.objects.count() == 1
    assert seed(once=True) == ""


def test_a_database_without_people_can_be_seeded():
    assert "subscribers: 0 rows" in seed(groups=3, subscribers=0)
