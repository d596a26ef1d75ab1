"""The views that a project would write with Django REST framework: a ModelSerializer and its company."""

from typing import Any

from django.db import transaction
from django.urls import path
from django.utils import timezone
from rest_framework import generics
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from groups.models import Group
from tables.context import databases
from tests.benchmarks.naive import bulk_create_records

DATABASE = "VBA_Acme"


def choose_database(get_response: Any) -> Any:
    """Middleware: all there is to choose is one database."""

    def respond(request: Any) -> Any:
        with databases.using(DATABASE):
            return get_response(request)

    return respond


class GroupSerializer(ModelSerializer):
    class Meta:
        model = Group
        fields = "__all__"
        # Without this DRF refuses each group that exists already, after a query for each.
        extra_kwargs = {"group_id": {"validators": []}}


class Pages(PageNumberPagination):
    page_size = 100


class _Open:
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]
    queryset = Group._default_manager.all()
    serializer_class = GroupSerializer
    pagination_class = Pages


class GroupList(_Open, generics.ListAPIView):
    """A page of groups and their count."""


class GroupOne(_Open, generics.RetrieveAPIView):
    """One group."""


class BulkBatch(_Open, APIView):
    """All groups through one serializer, into ``bulk_create``."""

    def put(self, request: Any) -> Response:
        serializer = GroupSerializer(data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        now = timezone.now()
        records = [{**each, "entry_date": now, "update_date": now} for each in serializer.validated_data]
        with transaction.atomic(using=DATABASE):
            bulk_create_records(Group, records)
        return Response([{"id": each["group_id"], "status": 200} for each in records], status=207)


class RowBatch(_Open, APIView):
    """Each group by a serializer of its own, and ``save()``."""

    def put(self, request: Any) -> Response:
        answers = []
        with transaction.atomic(using=DATABASE):
            for record in request.data:
                found = Group._default_manager.filter(pk=record["group_id"]).first()
                serializer = GroupSerializer(found, data=record)
                if serializer.is_valid():
                    serializer.save()
                answers.append({"id": record["group_id"], "errors": serializer.errors})
        return Response(answers, status=207)


urlpatterns = [path("groups", GroupList.as_view()), path("groups/<pk>", GroupOne.as_view())]
