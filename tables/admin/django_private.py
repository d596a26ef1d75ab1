"""What the admin uses of Django that Django keeps to itself, each in one place.

``tests/unit/test_django_private_admin.py`` fails where a newer Django has moved or changed any of it.
"""

from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.forms.models import construct_instance
from django.http import HttpRequest, HttpResponse


def redirect_as_missing(model_admin: "ModelAdmin[Any]", request: HttpRequest, object_id: str) -> HttpResponse:
    """Answer the page of a record that is not there as Django's own pages do: by a message."""
    redirect = model_admin._get_obj_does_not_exist_redirect  # type: ignore[attr-defined]
    answer: HttpResponse = redirect(request, model_admin.opts, object_id)
    return answer


class RecordForm(forms.ModelForm):
    """A form of a model that asks ``check_record`` what is wrong instead of the model's own validation."""

    def check_record(self) -> None:
        """Add the errors of ``instance``, which has the form's values by now."""

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        self.check_record()
