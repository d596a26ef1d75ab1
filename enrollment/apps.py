"""The enrollment app: who is covered under which contract and plans, and the log of ended coverage."""

from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    verbose_name = "Enrollment"
    in_target_database = True

    def ready(self) -> None:
        """Register the processes with the worker, and links, panels and actions with pages of other apps."""
        from enrollment.engine import runners
        from enrollment.pages import covered, family, journal, pictures, process_pages, summary
        from processes.page_parts import PAGE_PARTS
        from tables.admin.data_checks import MORE_FINDINGS
        from tables.admin.links import LIST_ACTIONS, RECORD_LINKS, RECORD_PANELS
        from tables.history.reading import MORE_LINES

        runners.register()
        # Filters of the lists of subscribers and members: covered today.
        MORE_FINDINGS.add(pictures.COVERED_SUBSCRIBERS, pictures.COVERED_MEMBERS)
        MORE_LINES.add(journal.lines)
        RECORD_LINKS.add(summary.record_links, summary.process_links)
        RECORD_PANELS.add(family.panels)
        PAGE_PARTS.add(covered.covered_part)
        LIST_ACTIONS.add(*process_pages.actions())
