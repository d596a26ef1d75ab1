"""The planyears app: the plan years of divisions."""

from django.apps import AppConfig


class PlanYearsConfig(AppConfig):
    name = "planyears"
    verbose_name = "Plan years"
    in_target_database = True
