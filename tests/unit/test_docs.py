"""The docs agree with the product: what they link to, name and list exists."""

import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tables.schema.columns import columns
from tables.schema.registry import all_tables, table_name

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "examples/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
FOLDERS = sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists())
# The packages of tables/ that the picture shows, without the commands.
DRAWN = {"admin", "files", "rest", "history", "write", "schema", "context"}
FILE_COMMANDS = ("load_table", "load_folder", "dump_table", "dump_folder")

every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def anchors(path: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub and others make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def options_of(name: str) -> set[str]:
    commands = get_commands()
    assert name in commands, f"manage.py {name}"
    app = commands[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    return set(command.create_parser("manage.py", name)._option_string_actions)


@every_page
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        aim = path.parent / file if file else path
        assert aim.exists(), target
        assert not anchor or anchor in anchors(aim), target


@every_page
def test_every_file_that_a_page_names_is_there(path: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)}|docs|templates)/[\w/.-]*)`", path.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_picture_has_the_layers_of_import_linter() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    apps, rooms = (
        [name for layer in contract["layers"] for name in layer.split(" | ")]
        for contract in settings["contracts"][:2]
    )
    picture = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    assert re.findall(r"(?<=│ )(\w+)/ ", picture) == apps
    drawn = re.findall(r"^│ (?:tables/)? +(\w+)(?: │ (\w+))? ", picture.partition(" groups/")[2], re.M)
    assert [name for line in drawn for name in line if name] == [name for name in rooms if name in DRAWN]


@every_page
def test_every_command_and_its_options_exist(path: Path) -> None:
    text = path.read_text().replace("\\\n", " ")
    for name, rest in re.findall(r"manage\.py (\w+)([^`|\n]*)", text):
        options = set(re.findall(r"(?<= )--[a-z][a-z-]*", rest))
        assert options <= options_of(name), (name, options - options_of(name))


@every_page
def test_every_make_command_exists(path: Path) -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:`|^    |… )make ([a-z-]+)", path.read_text(), re.M)) <= verbs


def test_the_options_of_file_commands_are_documented_and_exist() -> None:
    files = (ROOT / "docs" / "operations.md").read_text().partition("## Files\n")[2].partition("\n## ")[0]
    own = set.union(*map(options_of, FILE_COMMANDS)) - options_of("migrate_all")
    assert set(re.findall(r"`(--[a-z]+(?:-[a-z]+)*)", files)) - {"--help"} == own


@pytest.mark.parametrize("model", all_tables(), ids=table_name)
def test_the_required_columns_are_those_of_the_model(model) -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    row = re.search(rf"^\| {table_name(model)} \| (none|`\w+`(?:, `\w+`)*) \|$", page, re.M)
    assert row is not None
    assert re.findall(r"`(\w+)`", row[1]) == [column.api for column in columns(model) if column.required]
