"""A filter for moments: from and to are typed in the time zone in which pages show them."""

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.utils import parse_datetime_str


class MomentFilter(RangeDateTimeFilter):
    """Read both ends in the current time zone; django-unfold's own filter reads them as UTC."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Model]") -> "QuerySet[Model]":
        for end, lookup in (("from", "gte"), ("to", "lte")):
            day, time = (self.used_parameters.get(f"{self.parameter_name}_{end}_{part}") for part in (0, 1))
            if day and time and (found := parse_datetime_str(f"{day} {time}")):
                queryset = queryset.filter(**{f"{self.parameter_name}__{lookup}": timezone.make_aware(found)})
        return queryset
