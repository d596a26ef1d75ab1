"""The members app: subscribers, their family members and authorizations."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "Members"
    in_target_database = True
