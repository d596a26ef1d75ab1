"""The Django application of the project itself: its commands and its system checks."""

from django.apps import AppConfig


class VbaadminConfig(AppConfig):
    name = "vbaadmin"
    verbose_name = "vbaadmin"

    def ready(self) -> None:
        from vbaadmin import checks  # noqa: F401  (registers the checks)
