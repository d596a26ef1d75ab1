"""The tables app: no tables, but the machinery, commands and admin pages of all of them."""

from django.apps import AppConfig


class TablesConfig(AppConfig):
    name = "tables"
    verbose_name = "Tables"

    def ready(self) -> None:
        """Tell the models how one row is written, and the admin of the history's page."""
        from tables.admin import history  # noqa: F401  (registers the page)
        from tables.schema.models import RowWriting, Table
        from tables.write.assigning import assign_one
        from tables.write.owners import holding_owner

        Table.writing = RowWriting(holding_owner, assign_one)
