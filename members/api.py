"""The REST operations of subscribers, members and authorizations."""

from members.models import Authorization, Member, Subscriber
from tables.rest.api import TableViewSet


class SubscriberViewSet(TableViewSet):
    """``/subscribers``"""

    model = Subscriber


class MemberViewSet(TableViewSet):
    """``/subscribers/{subscriberID}/members``"""

    model = Member


class AuthorizationViewSet(TableViewSet):
    """``/auths``, whose batch is a PUT of the same address"""

    model = Authorization
