"""What the API uses of Django REST framework that it keeps to itself, in one place.

``tests/unit/test_django_private_admin.py`` fails where a newer version has moved it.
"""

from django.http import HttpRequest
from rest_framework.request import Request


def django_request(request: Request) -> HttpRequest:
    """Return the request of Django that one of the API wraps."""
    return request._request
