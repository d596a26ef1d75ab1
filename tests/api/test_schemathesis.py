"""Thousands of requests generated from the OpenAPI document: no server error, and only documented answers."""

import base64
import datetime
import logging
import math
import os
import re
import sys
from collections import Counter

import pytest

from access.models import ApiKey
from access.sessions import start_session
from access.tokens import digest
from tables.context import databases
from tables.rest.openapi.parameters import path_name
from tables.schema.column import Kind
from tables.schema.columns import columns, key_columns, parents
from tables.schema.registry import all_tables
from tests.api.fuzzing import INVALID, VALID, Fuzzer, surface
from tests.conftest import PASSWORD
from tests.made_up import DAY, least, stored

pytestmark = pytest.mark.django_db(databases="__all__")

# In CI as many as `.ci/run` says; here so many that each operation has some of every kind.
CASES = int(os.environ.get("FUZZ_CASES", "1000"))
PAST, EARLIER = (DAY - datetime.timedelta(days=days) for days in (1, 2))
OTHER = {Kind.TEXT: "2", Kind.INTEGER: 2, Kind.DAY: PAST}
SUCCESSES = 0.3
INVALID_SHARE = 0.25


@pytest.fixture
def seeded():
    """Two records of every table in VBA_Demo: the made-up one, and one that no other belongs to.

    The value gives, for an operation, the keys of its path (to delete, those of the second) and the values
    that a body needs to belong to the records there are.
    """
    first, second, bodies, spans = {}, {}, {}, {}
    with databases.using("VBA_Demo"):
        for model in all_tables():
            record, own = stored(model), key_columns(model)[-1]
            first |= {path_name(column): told(getattr(record, column.db)) for column in key_columns(model)}
            # Both end, so that they do not overlap.
            days = [column.db for column in columns(model) if column.kind is Kind.DAY and column.nullable]
            model.objects.filter(pk=record.pk).update(**dict.fromkeys(days, DAY))
            model.objects.create(**least(model) | dict.fromkeys(days, PAST) | {own.db: OTHER[own.kind]})
            second[path_name(own)] = told(OTHER[own.kind])
            needed = {name for parent in parents(model) for name in parent.columns}
            bodies[model.__name__] = {
                column.api: told(getattr(record, column.db))
                for column in columns(model)
                if column.db in needed
            }
            if own.kind is Kind.DAY:
                spans[model.__name__] = {
                    column.api: told(EARLIER) for column in columns(model) if column.db in (own.db, *days)
                }

    others = bodies_of_others(first, bodies["SubEnrollment"] | spans["SubEnrollment"])

    def known(operation):
        named = re.findall(r"{(\w+)}", operation.path)
        found = {name: first[name] for name in named}
        if operation.method == "delete":
            found |= {name: second[name] for name in named[-1:]}
        record = re.search(r"schemas/(\w+)'", str(operation.definition.raw.get("requestBody")))
        body = bodies[record[1]] if record else {}
        if record and operation.method == "post":
            body = body | spans.get(record[1], {})
        return found, others.get(operation.definition.raw["operationId"], body)

    return known


def bodies_of_others(first, enrollment):
    """The bodies of operations without a table: keys of stored records, and values that fit."""
    scope = {"user_ID": "bob", "group_ID": first["groupID"], "division_ID": first["divisionID"]}
    return {
        "disenrollGroup": scope
        | {"disenroll_Date": told(DAY), "reason_ID": first["reasonID"], "groupDisenroll": False},
        "reenrollGroup": scope
        | {"disenroll_Date": told(DAY), "start_Date": None, "reenrollCOBRA": False, "groupReenroll": True}
        | {"subscriber_ID": None, "member_Seq": None, "memberSeqCriterias": [], "reenrollFamily": 1}
        | dict.fromkeys(("cobraDivision", "cobraCovStart", "cobraStart", "cobraEnd", "cobraReason"))
        | {"cobraPlanCriterias": []}
        | {"invoiceDate": told(DAY)},
        "copyGroupDivision": {
            "groupID": first["groupID"],
            "sourceDivisionID": first["divisionID"],
            "destinationGroupID": first["groupID"],
            "destinationDivisionID": "NEW",
        },
        "addEnrollment": {
            "requesting_User_ID": "bob",
            "subEnrollment": enrollment | {"subscriber_ID": first["subscriberID"]},
        },
    }


def told(value):
    """Return a stored value as JSON and paths have it."""
    return value.isoformat() if isinstance(value, datetime.date) else value


@pytest.fixture
def headers_of(bob, demo_key, signed_in):
    """The headers of a request to an operation: signed in, or what signing in and renewing take."""
    standing = signed_in(bob, demo_key)
    key_id = ApiKey.objects.get(digest=digest(demo_key)).pk
    basic = base64.b64encode(f"bob:{PASSWORD}".encode()).decode()

    def headers(operation):
        known = {"x-api-key": demo_key, "vbasoftware-database": "VBA_Demo"}
        if operation.path == "/user-authentication":
            return known | {"authorization": f"Basic {basic}"}
        if operation.path == "/user-refresh-tokens":
            tokens = start_session(user=bob, key_id=key_id)
            return known | {"expired-id-token": tokens.id_token, "refresh-token": tokens.refresh_token}
        return signed_in(bob, demo_key) if operation.path == "/logout" else standing

    return headers


def test_no_generated_request_fails_or_gets_an_undocumented_answer(seeded, headers_of, capsys, caplog):
    caplog.set_level(logging.CRITICAL)
    operations = surface()
    fuzzer = Fuzzer(seeded, headers_of)
    cases = math.ceil(CASES * 1.1 / len(operations))
    for operation in operations:
        fuzzer.run(operation, math.ceil(cases * (1 - INVALID_SHARE)), VALID)
        fuzzer.run(operation, math.ceil(cases * INVALID_SHARE), INVALID)
    with capsys.disabled():
        sys.stdout.write(f"\n{summary(fuzzer.answers)}\n")
    assert sum(answers.total() for answers in fuzzer.answers.values()) >= CASES
    short = {
        name: success(answers) for name, answers in fuzzer.answers.items() if success(answers) < SUCCESSES
    }
    assert not short


def success(answers: Counter) -> float:
    """The share of answers that are 2xx."""
    return sum(count for status, count in answers.items() if status < 300) / answers.total()


def summary(counted: dict[str, Counter]) -> str:
    """One line for all operations: their cases, how often each status came, and who has the least 2xx."""
    answers = sum(counted.values(), Counter())
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(answers.items()))
    least_of_all = min(counted, key=lambda name: success(counted[name]))
    return (
        f"{answers.total()} cases of {len(counted)} operations ({statuses});"
        f" the least 2xx: {least_of_all}, {success(counted[least_of_all]):.0%}"
    )
