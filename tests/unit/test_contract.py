"""The declared columns against the published contract: no difference in any name, type, length or flag."""

import json
from pathlib import Path

import pytest

from enrollment.models import DisenrollLog, MemEnrollmentPlan, Reason, SubEnrollment, SubEnrollmentPlan
from groups.models import Group, GroupContract, GroupContractPlan, GroupDivision
from members.models import Authorization, Member, Subscriber
from planyears.models import GroupPlanYear
from processes.models import VBAProcess, VBAProcessLog, VBAProcessParameter
from tables.schema.column import Kind
from tables.schema.columns import columns, sections, stamps

CONTRACT = json.loads((Path(__file__).parent.parent / "contract.json").read_text())["tables"]
TYPES = {
    Kind.TEXT: "string",
    Kind.INTEGER: "int32",
    Kind.NUMBER: "number",
    Kind.FLAG: "boolean",
    Kind.DAY: "date-time",
    Kind.MOMENT: "date-time",
}
MODELS = {
    "Groups": Group,
    "GroupDivision": GroupDivision,
    "GroupPlanYear": GroupPlanYear,
    "GroupContract": GroupContract,
    "GroupContractPlan": GroupContractPlan,
    "Subscribers": Subscriber,
    "Members": Member,
    "SubEnrollment": SubEnrollment,
    "SubEnrollmentPlan": SubEnrollmentPlan,
    "MemEnrollmentPlan": MemEnrollmentPlan,
    "Reasons": Reason,
    "Auth": Authorization,
    "DisenrollLog": DisenrollLog,
    "VBAProcess": VBAProcess,
    "VBAProcessLog": VBAProcessLog,
    "VBAProcessParameter": VBAProcessParameter,
}
every_table = pytest.mark.parametrize(
    ("table", "model"),
    [pytest.param(table, model, id=table) for table, model in MODELS.items()],
)


def facts_of(column):
    """Return the contract's facts about a declared column."""
    # A text that the server assigns is optional in the contract, a number required (0 stands for none).
    assigned_text = column.is_assigned and column.kind is Kind.TEXT
    facts = {
        "name": column.api,
        "type": TYPES[column.kind],
        "required": column.required or (column.is_assigned and not assigned_text),
        "nullable": column.nullable or assigned_text,
        "minLength": column.min_length,
        "maxLength": column.max_length,
        "default": column.default,
    }
    return {fact: value for fact, value in facts.items() if value is not None}


@every_table
def test_every_column_is_what_the_contract_says(table, model):
    declared = {column.api: facts_of(column) for column in columns(model)}
    published = {field["name"]: field for field in CONTRACT[table]["fields"]}
    assert declared == published


@every_table
def test_every_column_is_declared_once(table, model):
    assert len(columns(model)) == len(CONTRACT[table]["fields"])


@every_table
def test_the_key_is_the_contracts_in_its_order(table, model):
    declared = [column.api for column in columns(model) if column.is_key]
    assert declared == CONTRACT[table]["key"]


@every_table
def test_the_server_assigns_what_the_contract_says(table, model):
    assigned = [column.api for column in columns(model) if column.is_assigned]
    assert assigned == CONTRACT[table].get("server_assigns", [])


def test_the_contract_has_no_further_tables():
    assert MODELS.keys() == CONTRACT.keys()


@every_table
def test_the_table_is_called_as_in_the_original_in_lower_case(table, model):
    assert model._meta.db_table == table.lower()


@every_table
def test_file_header_api_name_and_database_column_fold_to_the_same(table, model):
    for column in columns(model):
        assert column.published.lower() == column.api.lower() == column.db == column.field.name


@every_table
def test_every_column_has_its_own_help_text(table, model):
    helps = {column.api: str(column.field.help_text) for column in columns(model)}
    unfinished = {api for api, text in helps.items() if len(text) < 15 or not text.endswith(".")}
    assert not unfinished
    assert len(set(helps.values())) == len(helps)


@every_table
def test_every_column_is_in_a_listed_tab_and_no_tab_is_empty(table, model):
    found = sections(model)
    assert tuple(found) == (*model.tabs, *(["Stamps"] if stamps(model) else []))
    assert len(set(model.tabs)) == len(model.tabs)
    assert all(found.values())
    assert sum(map(len, found.values())) == len(CONTRACT[table]["fields"])
