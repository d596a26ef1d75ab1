"""The whole URL surface of vbaadmin."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from access.api import Logout, UserAuthentication, UserRefreshTokens
from access.switcher import choose_database
from groups.api import GroupDivisionViewSet, GroupViewSet
from planyears.api import GroupPlanYearViewSet
from tables.routes import table_routes
from vbaadmin.apidocs import DocsPage, OpenApiDocument
from vbaadmin.health import healthz, readyz, unknown_path

admin.site.index_title = "Start"

api = [
    path("openapi.json", OpenApiDocument.as_view()),
    path("docs/", DocsPage.as_view()),
    path("user-authentication", UserAuthentication.as_view()),
    path("user-refresh-tokens", UserRefreshTokens.as_view()),
    path("logout", Logout.as_view()),
    *table_routes("groups", GroupViewSet),
    *table_routes("groups/{group_id}/divisions", GroupDivisionViewSet),
    *table_routes("groups/{group_id}/divisions/{division_id}/plan-years", GroupPlanYearViewSet),
    re_path("", unknown_path),
]

handler400 = "vbaadmin.failures.bad_request"
handler500 = "vbaadmin.failures.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("admin/choose-database/", choose_database, name="choose_database"),
    path("admin/", admin.site.urls),
    path("vbasoftware/", include(api)),
]
