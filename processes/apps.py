"""The processes app: what runs in the background, its log and parameters."""

from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    name = "processes"
    verbose_name = "Processes"
    in_target_database = True
