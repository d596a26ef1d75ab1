"""The private parts of Django and DRF that the admin and the API use are unchanged.

Where one of these tests fails after an upgrade, the module it names has to follow the newer version:
``tables/admin/django_private.py`` or ``tables/rest/drf_private.py``.
"""

import inspect

import pytest
from django import forms
from django.contrib.admin import ModelAdmin, site
from django.contrib.auth.models import Group, User
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.forms.forms import BaseForm
from django.forms.models import BaseModelForm, construct_instance
from django.test import RequestFactory
from rest_framework.request import Request
from unfold.templatetags import unfold_list

from tables.admin.django_private import RecordForm, redirect_as_missing
from tables.rest.drf_private import django_request
from tables.templatetags.lists import lean


def parameters(function):
    return list(inspect.signature(function).parameters)


def test_django_has_the_methods_that_are_called_or_replaced():
    redirect = getattr(ModelAdmin, "_get_obj_does_not_exist_redirect", None)
    assert redirect is not None, "ModelAdmin has no _get_obj_does_not_exist_redirect any more"
    assert parameters(redirect) == ["self", "request", "opts", "object_id"]
    assert hasattr(BaseModelForm, "_post_clean"), "ModelForm has no _post_clean any more"
    assert parameters(BaseModelForm._post_clean) == ["self"]
    assert parameters(construct_instance) == ["form", "instance", "fields", "exclude"]


def test_post_clean_is_the_last_step_of_cleaning_a_form():
    steps = [
        name for name in BaseForm.full_clean.__code__.co_names if name.endswith("clean") or "_clean_" in name
    ]
    assert steps == ["_clean_fields", "_clean_form", "_post_clean"]


def test_a_record_form_asks_for_its_own_checks_instead_of_the_models():
    class Form(RecordForm):
        class Meta:
            model = Group
            fields = ["name"]

        def check_record(self):
            seen.append(self.instance.name)
            self.add_error("name", "not so")

    seen = []
    form = Form({"name": "x" * 100})
    assert form.errors == {"name": ["not so"]}
    assert seen == ["x" * 100]
    assert isinstance(form, forms.ModelForm)


def test_a_record_that_is_missing_leads_to_the_first_page_with_a_message():
    request = RequestFactory().get("/")
    request.session = {}
    request._messages = FallbackStorage(request)
    answer = redirect_as_missing(site.get_model_admin(User), request, "7")
    assert (answer.status_code, answer.url) == (302, "/admin/")
    assert "“7” doesn’t exist" in str(*get_messages(request))


def test_a_request_of_the_api_wraps_one_of_django():
    request = RequestFactory().get("/")
    assert django_request(Request(request)) is request


@pytest.mark.parametrize("classes", [unfold_list.ROW_CLASSES, unfold_list.CHECKBOX_CLASSES])
def test_cells_of_unfold_begin_with_the_class_that_a_list_keeps(classes):
    own = "" if classes[0] == "action-checkbox" else "field-name "
    cell = f'<td class="{own}{" ".join(classes)}" data-label="Name">x</td>'
    assert lean(cell) == f'<td class="{own.strip() or "action-checkbox"}" data-label="Name">x</td>'
