"""The loads app: files that clerks upload, preview, validate, and load into a table."""

from django.apps import AppConfig


class LoadsConfig(AppConfig):
    name = "loads"
    verbose_name = "Loads"
    in_target_database = True

    def ready(self) -> None:
        """Register the process with the worker, and the link to uploads with the lists of tables."""
        from loads.links import list_links, process_links
        from loads.running import register
        from tables.admin.links import LIST_LINKS, RECORD_LINKS

        register()
        LIST_LINKS.add(list_links)
        RECORD_LINKS.add(process_links)
