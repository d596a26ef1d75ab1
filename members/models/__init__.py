"""The models of people: one file for each wide model."""

from members.models.authorization import Authorization
from members.models.member import Member
from members.models.subscriber import Subscriber

__all__ = ["Authorization", "Member", "Subscriber"]
