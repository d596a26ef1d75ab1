"""TableViewSet has the REST operations of all tables. The viewset of a table only sets attributes."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from django.conf import settings
from django.db.models import QuerySet
from django.db.models.expressions import OrderBy
from rest_framework.exceptions import APIException, NotFound, ParseError, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tables.context.requests import note
from tables.rest.envelope import Conflict, TooLarge, malformed, raw_json, read_body
from tables.rest.filters import filter_by_query
from tables.rest.reading import Page, ordering, page_of, row_as_json
from tables.schema import problems
from tables.schema.column import Value
from tables.schema.columns import UnknownColumn, key_columns, parents
from tables.schema.models import Table
from tables.schema.problems import Problem
from tables.schema.sensitive import hidden
from tables.write.counting import TooManyRecords
from tables.write.deleting import HasChildren, delete_record
from tables.write.engine import Mode, WriteOutcome, write
from tables.write.json_reading import JsonReader, NotJson, key_pairs
from tables.write.records import Read

DEFAULT_PAGE_SIZE = 100


class TableViewSet(ViewSet):
    """List, create, read, replace, delete and batch for the table of ``model``."""

    model: ClassVar[type[Table]]
    # The published API lists this table without pages: a request without pageSize gets one large page.
    all_on_one_page: ClassVar[bool] = False

    def get_queryset(self) -> "QuerySet[Any]":
        """Return the rows with the keys of the path."""
        return self.model._default_manager.filter(**self.kwargs)

    # --- operations ---

    def list(self, request: Request, **keys: object) -> Response:
        """Answer one page of the rows, filtered and sorted, with the header X-Pagination."""
        self._refuse_hidden(request)
        queryset = filter_by_query(self.get_queryset(), request.query_params)
        page = page_of(queryset.order_by(*self._order(request)), *self._page(request))
        if not page.rows:
            self._require_parent()
        note(rows=len(page.rows))
        response = Response([raw_json(row) for row in page.rows])
        response["X-Pagination"] = pagination(page)
        return response

    def retrieve(self, request: Request, **keys: object) -> Response:
        """Answer one record."""
        return Response(self._one(keys))

    def create(self, request: Request, **keys: object) -> Response:
        """Store a new record and return it."""
        return self._write_one(request, Mode.CREATE)

    def replace(self, request: Request, **keys: object) -> Response:
        """Replace a record and return it."""
        return self._write_one(request, Mode.REPLACE)

    def destroy(self, request: Request, **keys: object) -> Response:
        """Delete a record that has no children."""
        # This is not named delete: DRF would then answer DELETE at every address, even at lists.
        record = self.get_queryset().first()
        if record is None:
            raise NotFound(problems.not_found(self.model, keys))
        try:
            delete_record(record)
        except HasChildren as error:
            raise Conflict(str(error)) from None
        return Response(status=HTTPStatus.NO_CONTENT)

    def batch(self, request: Request, **keys: Value) -> Response:
        """Create or replace many records. Answer each one, in the order sent."""
        reader = JsonReader(self.model, keys)
        try:
            read = reader.read_array(read_body(request), settings.API_MAX_BATCH_RECORDS)
            outcome = write(self.model, read.accepted)
        except NotJson as error:
            raise malformed(error) from None
        except TypeError as error:
            raise ParseError(str(error)) from None
        except TooManyRecords:
            most = settings.API_MAX_BATCH_RECORDS
            raise TooLarge(f"The batch has more than {most} records. Send several batches.") from None
        note(rows=len(read.keys))
        return Response(_answers(self.model, read, outcome), status=HTTPStatus.MULTI_STATUS)

    # --- pieces ---

    def _write_one(self, request: Request, mode: Mode) -> Response:
        return self._write_body(read_body(request), mode)

    def _write_body(self, body: bytes, mode: Mode) -> Response:
        try:
            read = JsonReader(self.model, self.kwargs).read_one(body)
            outcome = write(self.model, read.accepted, mode=mode)
        except NotJson as error:
            raise malformed(error) from None
        if refused := read.refused or outcome.refused:
            raise as_exception(refused[0])
        return Response(self._one(_stored_key(self.model, read.keys[0], outcome, 0)))

    def _one(self, key: dict[str, object]) -> msgspec.Raw:
        row = row_as_json(self.model, key)
        if row is None:
            raise NotFound(problems.not_found(self.model, key))
        return raw_json(row)

    def _require_parent(self) -> None:
        """Raise the 404 of an empty list if its parent does not exist."""
        for parent in parents(self.model):
            parent_model = parent.parent_model(self.model)
            if not self.kwargs.keys() >= set(parent.columns):
                continue
            key = parent.named_as_parent(self.kwargs)
            if not parent_model._default_manager.filter(**key).exists():
                raise NotFound(problems.not_found(parent_model, key))

    def _refuse_hidden(self, request: Request) -> None:
        """Raise a 403 for filters and sorting by hidden columns, because these would reveal the values."""
        columns = {column.db: column for column in hidden(self.model)}
        if not columns:
            return
        asked = [name.partition("__") for name in request.query_params]
        for name, values in request.query_params.lists():
            if name.lower() == "sortby":
                asked += [part.partition(":") for value in values for part in str(value).split(",")]
        for name, _, _ in asked:
            if column := columns.get(name.strip().lower()):
                raise PermissionDenied(f"You don't have permission to filter or sort by {column.api}.")

    def _order(self, request: Request) -> Sequence[OrderBy]:
        sort_by = parameter(request, "sortBy")
        try:
            return ordering(self.model, sort_by)
        except UnknownColumn as error:
            raise ParseError(f"sortBy: there is no column '{error}'.") from None
        except ValueError as error:
            raise ParseError(f"sortBy: '{error}' is not a direction. Use asc or desc.") from None

    def _page(self, request: Request) -> tuple[int, int]:
        number = positive(request, "page", 1, 2**31 - 1)
        most = settings.API_MAX_PAGE_SIZE
        return number, positive(
            request, "pageSize", most if self.all_on_one_page else DEFAULT_PAGE_SIZE, most
        )


def parameter(request: Request, name: str) -> str:
    """Return a query parameter, whatever the case of its name. Return an empty text if it is missing."""
    folded = {given.lower(): value for given, value in request.query_params.items()}
    return str(folded.get(name.lower(), ""))


def positive(request: Request, name: str, default: int, most: int) -> int:
    """Return a query parameter that is a whole number from 1 to ``most``. Raises ParseError (400)."""
    text = parameter(request, name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= most):
        raise ParseError(f"{name} must be a whole number between 1 and {most}.")
    return int(text)


def pagination(page: Page) -> str:
    """Return the header X-Pagination of a page."""
    return msgspec.json.encode(
        {
            "TotalCount": page.total,
            "TotalPages": page.pages,
            "CurrentPage": page.number,
            "PageSize": page.size,
        }
    ).decode()


def as_exception(found: list[Problem]) -> APIException:
    """Return the error of a single record: the highest status of its problems, and all of their texts."""
    error = APIException(problems.join(found))
    error.status_code = max(problem.status for problem in found)
    return error


def _answers(model: type[Table], read: Read, outcome: WriteOutcome) -> list[dict[str, object]]:
    """Return the answer of a batch for each record, in the order sent."""
    refused = {**read.refused, **outcome.refused}
    names = [column.api for column in key_columns(model)]
    answers = []
    for index, key in read.keys.items():
        if index in refused:
            status: int = max(problem.status for problem in refused[index])
            body = problems.join(refused[index])
        elif index in outcome.created:
            status, body = HTTPStatus.CREATED, "Created"
        else:
            status, body = HTTPStatus.OK, "Updated" if index in outcome.updated else "Unchanged"
        shown = _stored_key(model, key, outcome, index).values()
        answers.append({"id": key_pairs(names, list(shown)), "status": int(status), "body": body})
    return answers


def _stored_key(
    model: type[Table], key: Sequence[object], outcome: WriteOutcome, index: int
) -> dict[str, object]:
    """Return the stored key of a record: what was sent, with what the server assigned."""
    values = dict(zip(model.key, key, strict=True))
    if model.assigned and index in outcome.assigned:
        values[model.assigned] = outcome.assigned[index]
    return values
