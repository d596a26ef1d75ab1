"""Private parts of Django that the admin uses, collected here.

``tests/unit/test_django_private_admin.py`` fails if a newer Django moves or changes any of them.
"""

from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.forms.models import construct_instance
from django.http import HttpRequest, HttpResponse


def redirect_as_missing(model_admin: "ModelAdmin[Any]", request: HttpRequest, object_id: str) -> HttpResponse:
    """Redirect from the page of a missing record with a message, as Django's own pages do."""
    redirect = model_admin._get_obj_does_not_exist_redirect  # type: ignore[attr-defined]
    answer: HttpResponse = redirect(request, model_admin.opts, object_id)
    return answer


class RecordForm(forms.ModelForm):
    """A model form that calls ``check_record`` instead of the model's own validation."""

    def check_record(self) -> None:
        """Add the errors of ``instance``, which already has the form's values."""

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        self.check_record()
