"""The tables app: the code, commands and admin pages that all tables share. It has no tables itself."""

from django.apps import AppConfig


class TablesConfig(AppConfig):
    name = "tables"
    verbose_name = "Tables"

    def ready(self) -> None:
        """Tell the models how to write one row, and register the history page."""
        from tables.admin import history  # noqa: F401  (registers the page)
        from tables.schema.models import RowWriting, Table
        from tables.write.assigning import assign_one
        from tables.write.owners import holding_owner

        Table.writing = RowWriting(holding_owner, assign_one)
