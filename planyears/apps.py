"""The planyears app: the plan years of divisions."""

from django.apps import AppConfig


class PlanYearsConfig(AppConfig):
    name = "planyears"
    verbose_name = "Plan years"
    in_target_database = True

    def ready(self) -> None:
        """Register the link from a group to its next plan years."""
        from planyears.pages import record_links
        from tables.admin.links import RECORD_LINKS

        RECORD_LINKS.add(record_links)
