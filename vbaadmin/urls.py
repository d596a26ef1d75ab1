"""All URLs of vbaadmin."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from access.api import Logout, UserAuthentication, UserRefreshTokens
from access.switcher import choose_database
from enrollment.pages import cobra_pages, pictures
from enrollment.pages.summary import urls as enrollment_pages
from enrollment.rest.process_api import DisenrollGroup, DivisionSummary, GroupSummary, ReenrollGroup
from enrollment.rest.subscriber_api import (
    ActiveSubscribers,
    AddEnrollment,
    DisenrollFamilyOptions,
    GenerateSubscriberId,
    ReenrollFamilyOptions,
)
from enrollment.rest.viewsets import (
    DisenrollLogViewSet,
    MemEnrollmentPlanViewSet,
    ReasonViewSet,
    SubEnrollmentPlanViewSet,
    SubEnrollmentViewSet,
)
from groups.api import (
    GroupContractPlanViewSet,
    GroupContractViewSet,
    GroupDivisionViewSet,
    GroupViewSet,
)
from loads.pages import urls as load_pages
from members.api import AuthorizationViewSet, MemberViewSet, SubscriberViewSet
from planyears.api import GroupPlanYearViewSet
from planyears.copy_api import CopyDivision
from planyears.pages import urls as plan_year_pages
from processes.api import VBAProcessLogViewSet, VBAProcessParameterViewSet, VBAProcessViewSet
from tables.rest.routes import table_routes
from vbaadmin import dashboard
from vbaadmin.apidocs import DocsPage, OpenApiDocument
from vbaadmin.failures import no_choices
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
    *table_routes("groups/{group_id}/divisions/{division_id}/contracts", GroupContractViewSet),
    *table_routes(
        "groups/{group_id}/divisions/{division_id}/contracts/{coverage_start}/plans", GroupContractPlanViewSet
    ),
    path("groups/<key:group_id>/disenroll", DisenrollGroup.as_view()),
    path("groups/<key:group_id>/reenroll", ReenrollGroup.as_view()),
    path("groups/<key:group_id>/enrollment-summary", GroupSummary.as_view()),
    path("groups/<key:group_id>/divisions/<key:division_id>/enrollment-summary", DivisionSummary.as_view()),
    path("groups/<key:group_id>/divisions/<key:division_id>/copy", CopyDivision.as_view()),
    *table_routes("subscribers", SubscriberViewSet),
    path("subscribers-generate-id", GenerateSubscriberId.as_view()),
    path("active-subscribers", ActiveSubscribers.as_view()),
    path("subscribers/<key:subscriber_id>/add-enrollment", AddEnrollment.as_view()),
    path("disenroll-family-options", DisenrollFamilyOptions.as_view()),
    path("reenroll-family-options", ReenrollFamilyOptions.as_view()),
    *table_routes("subscribers/{subscriber_id}/members", MemberViewSet),
    *table_routes("subscribers/{subscriber_id}/enrollments", SubEnrollmentViewSet),
    *table_routes(
        "subscribers/{subscriber_id}/enrollments"
        "/{group_id}/{division_id}/{group_coverage_start}/{start_date}/plans",
        SubEnrollmentPlanViewSet,
    ),
    *table_routes(
        member_enrollments := "subscribers/{subscriber_id}/members/{member_seq}"
        "/groups/{group_id}/divisions/{division_id}/enrollments",
        MemEnrollmentPlanViewSet,
        one=member_enrollments + "/{group_coverage_start}/{sub_start_date}/plans/{plan_id}/{plan_start}",
    ),
    *table_routes("auths", AuthorizationViewSet, batch="auths", lists=False),
    *table_routes("reasons", ReasonViewSet),
    *table_routes("disenroll-logs", DisenrollLogViewSet),
    *table_routes(
        "vbaprocesses",
        VBAProcessViewSet,
        one="vbaprocesses/{vbaprocess_key}/types/{vbaprocess_type}",
        lists=False,
        batches=False,
    ),
    *table_routes("vbaprocesses/{vbaprocess_key}/types/{vbaprocess_type}/logs", VBAProcessLogViewSet),
    *table_routes(
        "vbaprocesses/{vbaprocess_key}/types/{vbaprocess_type}/parameters",
        VBAProcessParameterViewSet,
        lists=False,
    ),
    re_path("", unknown_path),
]

handler400 = "vbaadmin.failures.bad_request"
handler500 = "vbaadmin.failures.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("admin/choose-database/", choose_database, name="choose_database"),
    path("admin/", include([*dashboard.urls(), *enrollment_pages(), *pictures.urls(), *cobra_pages.urls()])),
    path("admin/", include([*load_pages(), *plan_year_pages()])),
    path("admin/autocomplete/", admin.site.admin_view(no_choices)),
    path("admin/", admin.site.urls),
    path("vbasoftware/", include(api)),
]
