"""The groups app: employer groups and their divisions."""

from django.apps import AppConfig


class GroupsConfig(AppConfig):
    name = "groups"
    verbose_name = "Groups"
    in_target_database = True
