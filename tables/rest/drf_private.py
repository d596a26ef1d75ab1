"""The private parts of Django REST framework that the API uses, in one place.

``tests/unit/test_django_private_admin.py`` fails if a newer version changes them.
"""

from django.http import HttpRequest
from rest_framework.request import Request


def django_request(request: Request) -> HttpRequest:
    """Return the Django request inside a request of the API."""
    return request._request
