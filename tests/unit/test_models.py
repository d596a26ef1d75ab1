"""The base class of mirrored tables: how its constraints reach the database."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AlterConstraint
from django.db.migrations.state import ProjectState

from planyears.models import GroupPlanYear
from tables.schema.columns import rules
from tables.schema.models import Rule


def test_a_new_error_text_of_a_rule_does_not_change_the_database():
    before, after = ProjectState.from_apps(apps), ProjectState.from_apps(apps)
    old = rules(GroupPlanYear)[0]
    new = Rule(column=old.column, condition=old.condition, message="Dates are turned round.", name=old.name)
    options = after.models["planyears", "groupplanyear"].options
    options["constraints"] = [new if each == old else each for each in options["constraints"]]
    (migration,) = MigrationAutodetector(before, after).changes(MigrationLoader(None).graph)["planyears"]
    assert [type(operation) for operation in migration.operations] == [AlterConstraint]
