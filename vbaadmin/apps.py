"""The wiring as a Django application: it owns the commands that run everything, and the system checks."""

from django.apps import AppConfig


class VbaadminConfig(AppConfig):
    name = "vbaadmin"
    verbose_name = "vbaadmin"

    def ready(self) -> None:
        from vbaadmin import checks  # noqa: F401  (registers the checks)
