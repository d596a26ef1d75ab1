"""``manage.py load_examples``: load the example data, through the same engine as all other writes."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from tables.context import databases
from tables.context.actor import acting_as
from tables.management.operating import ExactCommand
from tables.schema.models import Table
from tables.schema.problems import join
from tables.schema.registry import all_tables, table_name
from tables.write.engine import write
from tables.write.json_reading import JsonReader


class Command(ExactCommand):
    help = (
        "Store the made-up groups, divisions and plan years of examples/ in a target database. "
        "Existing records with the same keys are replaced."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", required=True, metavar="NAME", help="the target database")

    def handle(self, *args: object, database: str, **options: object) -> None:
        try:
            with databases.using(database), acting_as("examples"):
                for model in all_tables():
                    path = Path(settings.BASE_DIR) / "examples" / f"{table_name(model)}.json"
                    if path.exists():
                        self._load(model, path)
        except databases.UnknownDatabase as error:
            raise CommandError(str(error)) from None

    def _load(self, model: type[Table], path: Path) -> None:
        read = JsonReader(model).read_array(path.read_bytes())
        outcome = write(model, read.accepted)
        refused = {**read.refused, **outcome.refused}
        unchanged = len(read.keys.keys() - outcome.created - outcome.updated - refused.keys())
        self.stdout.write(
            f"{table_name(model)}: {len(outcome.created)} created, {len(outcome.updated)} updated, "
            f"{unchanged} unchanged, {len(refused)} refused"
        )
        for index, found in refused.items():
            self.stderr.write(f"{path.name} record {index + 1}: {join(found)}")
