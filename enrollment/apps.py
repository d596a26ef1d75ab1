"""The enrollment app: who is covered, by which contract and plans, and the record of ended cover."""

from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    verbose_name = "Enrollment"
    in_target_database = True

    def ready(self) -> None:
        """Tell the worker what to run, and pages of other apps what can be done and found there."""
        from enrollment.engine import runners
        from enrollment.pages import family
        from enrollment.pages.journal import lines
        from enrollment.pages.pictures import register_findings
        from enrollment.pages.process_pages import actions
        from enrollment.pages.results import covered_part
        from enrollment.pages.summary import process_links, record_links
        from processes.results import register_part
        from tables.admin.links import register_action, register_links, register_panels
        from tables.history.reading import register_more

        runners.register()
        register_findings()
        register_more(lines)
        register_links(record_links)
        register_links(process_links)
        register_panels(family.panels)
        register_part(covered_part)
        for action in actions():
            register_action(action)
