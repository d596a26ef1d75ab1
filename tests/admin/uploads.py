"""Files that are sent to the back office: their contents, and the steps on a file's page."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from groups.models import Group
from loads.models import FileLoad
from tables.context import databases
from tables.schema.column import Kind
from tables.schema.columns import columns
from tests.admin.pages import text_of


def required(model):
    """Return what a new record must have beside its key, by published name."""
    needed = [column for column in columns(model) if column.required and not column.is_key]
    return {column.published: "f" if column.kind is Kind.FLAG else "1" for column in needed}


def csv_of(model, header, *rows, delimiter=","):
    """Return a csv file of new records: of what they must have only the columns in the header are told."""
    more = required(model)
    lines = [[*header.split(), *more], *([*row, *more.values()] for row in rows)]
    return "".join(delimiter.join(line) + "\n" for line in lines).encode()


def groups_csv(*rows, delimiter=","):
    """Return a csv file of groups: their IDs and names."""
    return csv_of(Group, "Group_ID Name", *rows, delimiter=delimiter)


TWO = groups_csv(("G1", "Blue Harbor"), ("G2", "Cedar"))


def page(table="groups", file=None):
    if file is None:
        return reverse("load_file", args=[table])
    return reverse("load_one", args=[table, file.pk])


def send(clerk, content, name="groups.csv", table="groups"):
    """Send a file and return where it leads."""
    return clerk.client.post(page(table), {"file": SimpleUploadedFile(name, content)})


def sent(clerk, content, name="groups.csv", table="groups"):
    """Send a file and return it."""
    response = send(clerk, content, name, table)
    assert response.status_code == 302, text_of(response)
    with databases.using(clerk.database):
        return FileLoad.objects.latest("id")


def step(clerk, file, name, **fields):
    """Press a button on a file's page, and return the page that follows."""
    return clerk.client.post(page(file.table_name, file), {"step": name, **fields}, follow=True)


def now(clerk, file):
    return clerk.stored(FileLoad, pk=file.pk)
