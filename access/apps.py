"""The access app: users' databases, API keys, API sessions, and the admin's choice of a database."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = "Access"
