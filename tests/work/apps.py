"""The tests' own kind of process, which real workers run: see ``kinds.py``."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "tests.work"

    def ready(self):
        from tests.work import kinds

        kinds.register()
