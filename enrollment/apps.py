"""The enrollment app: who is covered, by which contract and plans, and the record of ended cover."""

from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    verbose_name = "Enrollment"
    in_target_database = True

    def ready(self) -> None:
        """Tell the worker what to run, and pages of other apps what can be done and found there."""
        from enrollment.engine import runners
        from enrollment.pages import covered, family, journal, pictures, process_pages, summary
        from processes.page_parts import PAGE_PARTS
        from tables.admin.data_checks import MORE_FINDINGS
        from tables.admin.links import LIST_ACTIONS, RECORD_LINKS, RECORD_PANELS
        from tables.history.reading import MORE_LINES

        runners.register()
        # Lists of subscribers and members can be narrowed to those who are covered today.
        MORE_FINDINGS.add(pictures.COVERED_SUBSCRIBERS, pictures.COVERED_MEMBERS)
        MORE_LINES.add(journal.lines)
        RECORD_LINKS.add(summary.record_links, summary.process_links)
        RECORD_PANELS.add(family.panels)
        PAGE_PARTS.add(covered.covered_part)
        LIST_ACTIONS.add(*process_pages.actions())
