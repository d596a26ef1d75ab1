"""The settings of the naive web application: ours, with its views and next to no middleware."""

from vbaadmin.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.naive_web"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "tests.benchmarks.naive_web.choose_database"]
REST_FRAMEWORK: dict[str, object] = {}
