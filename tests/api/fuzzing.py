"""Cases made from the OpenAPI document: schemathesis generates them, and we put in keys of stored records."""

import itertools
from collections import Counter
from contextlib import contextmanager

import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from vbaadmin.openapi import document

# The answer's status, type, headers and body are the document's, and none is a server error.
CHECKS = (
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
)


def surface():
    """Return all operations of the document, for calls to the WSGI application."""
    config = SchemathesisConfig()
    config.projects.default.generation.allow_x00 = False
    schema = schemathesis.openapi.from_dict(document(), config=config)
    schema.app = get_wsgi_application()
    return [found.ok() for found in schema.get_all_operations()]


@contextmanager
def connections_kept():
    """Make requests use the connections of the test's transaction, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


class Fuzzer:
    """Asks operations, counts the answers by operation and status, and undoes what each case has done.

    ``known`` gives, for an operation, the keys in the path of a stored record, and what a body needs to
    belong to the stored ones. They stand in three of four cases, so that operations get beyond "there is no
    such record". ``headers`` gives those of a request to an operation.
    """

    def __init__(self, known, headers):
        self.known = known
        self.headers = headers
        self.answers = {}

    def run(self, operation, cases, mode):
        """Ask an operation so many times; ``mode`` says whether by valid or by invalid requests."""
        turns = itertools.count()

        @settings(
            max_examples=cases,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            self._ask(operation, case, belongs=next(turns) % 4 != 3)

        with connections_kept():
            ask()

    def _ask(self, operation, case, belongs):
        if belongs:
            self._put_keys(operation, case)
        with transaction.atomic(using="VBA_Demo"):
            response = case.call_and_validate(headers=self.headers(operation), checks=CHECKS)
            transaction.set_rollback(True, using="VBA_Demo")
        counted = self.answers.setdefault(operation.definition.raw["operationId"], Counter())
        counted[response.status_code] += 1

    def _put_keys(self, operation, case):
        """Put the key of the stored record into the path, and those of its parents into the body."""
        path, body = self.known(operation)
        if path and isinstance(case.path_parameters, dict):
            case.path_parameters = {**case.path_parameters, **{name: str(path[name]) for name in path}}
        folded = {name.replace("_", "").lower(): value for name, value in (body | path).items()}
        for record in case.body if isinstance(case.body, list) else [case.body]:
            if isinstance(record, dict):
                record.update(body)
            for name in list(record) if isinstance(record, dict) else ():
                if name.replace("_", "").lower() in folded:
                    record[name] = folded[name.replace("_", "").lower()]


VALID, INVALID = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
