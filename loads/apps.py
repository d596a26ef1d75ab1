"""The loads app: files sent by the back office, previewed, checked, and loaded into a table."""

from django.apps import AppConfig


class LoadsConfig(AppConfig):
    name = "loads"
    verbose_name = "Loads"
    in_target_database = True

    def ready(self) -> None:
        """Tell the worker what to run, and the lists of tables where a file is sent."""
        from loads.links import list_links, process_links
        from loads.running import register
        from tables.admin.links import LIST_LINKS, RECORD_LINKS

        register()
        LIST_LINKS.add(list_links)
        RECORD_LINKS.add(process_links)
