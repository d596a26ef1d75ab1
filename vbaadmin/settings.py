"""All settings, from the environment only. ``docs/operations.md`` lists the variables."""

import datetime
import os
import zoneinfo
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

from vbaadmin import embedded, run_settings

env = environ.Env()
BASE_DIR = run_settings.BASE_DIR
DATA_DIR = run_settings.data_folder(os.environ)

PRODUCTION = env.bool("VBA_PRODUCTION", default=False)
DEBUG = env.bool("VBA_DEBUG", default=False)


def _secret_key() -> str:
    if PRODUCTION or "SECRET_KEY" in env:
        if not env.str("SECRET_KEY", default=""):
            raise ImproperlyConfigured("SECRET_KEY must be set when VBA_PRODUCTION is on.")
        return str(env.str("SECRET_KEY"))
    return embedded.kept_secret(DATA_DIR, "secret_key")


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list(
    "VBA_ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]
)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("VBA_DEBUG must be off when VBA_PRODUCTION is on: it shows internal data.")
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "VBA_ALLOWED_HOSTS must name the host names of this server when VBA_PRODUCTION is on."
    )
CSRF_TRUSTED_ORIGINS = env.list("VBA_TRUSTED_ORIGINS", default=[])

# --- databases: the control database, and the target databases by name --------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
if PRODUCTION and not DATABASE_URL:
    raise ImproperlyConfigured(
        "DATABASE_URL must be set when VBA_PRODUCTION is on: embedded PostgreSQL is refused."
    )
EMBEDDED = not DATABASE_URL


def WHY_NO_DATABASE() -> str:
    """Return what the operator must do if the embedded server is not running. Empty if it is running."""
    return embedded.why_not_running(DATA_DIR) if EMBEDDED else ""


CONTROL_URL = DATABASE_URL or embedded.database_url(DATA_DIR, "vbaadmin")


# In the web server (vbaadmin/wsgi.py turns this on), a statement may not run longer than STATEMENT_SECONDS or
# wait longer than LOCK_SECONDS for locked rows.
IS_WEB = env.bool("VBA_LIMIT_STATEMENTS", default=False)
STATEMENT_SECONDS = env.int("VBA_STATEMENT_SECONDS", default=60)
LOCK_SECONDS = env.int("VBA_LOCK_SECONDS", default=5)


def _database(url: str) -> dict[str, Any]:
    """Return Django's settings of one PostgreSQL database, with the options of all our databases."""
    parsed = dict(environ.Env.db_url_config(url))
    parsed["ENGINE"] = "django.db.backends.postgresql"
    parsed["CONN_MAX_AGE"] = env.int("VBA_CONNECTION_SECONDS", default=600)
    # CONN_HEALTH_CHECKS stay off: they would ask the server before each request. Instead,
    # tables/context/databases.py checks the socket. jit is off because it slows short statements down.
    limits = f" -c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s" if IS_WEB else ""
    options = {
        "connect_timeout": 5,
        # Each connection plans a repeated statement only once.
        "server_side_binding": True,
        "prepare_threshold": 5,
        # Our code relies on this isolation level, whatever the database's own default is.
        "options": "-c jit=off -c TimeZone=UTC -c DateStyle=ISO,YMD"
        rf" -c default_transaction_isolation=read\ committed{limits}",
    }
    parsed["OPTIONS"] = {**options, **parsed.get("OPTIONS", {})}
    return parsed


def _target_databases() -> dict[str, str]:
    """Return the databases in ``VBA_DATABASES``: ``name=url``, or only a name on the server of the control
    database."""
    found: dict[str, str] = {}
    for entry in env.list("VBA_DATABASES", default=["VBA_Demo"]):
        name, _, url = entry.strip().partition("=")
        if not name or name == "default":
            raise ImproperlyConfigured(
                f"VBA_DATABASES: '{entry}' must start with a name other than 'default'."
            )
        if name in found:
            raise ImproperlyConfigured(f"VBA_DATABASES names '{name}' twice.")
        found[name] = url or embedded.sibling_url(CONTROL_URL, name)
    return found


VBA_DATABASES = _target_databases()
DATABASES = {"default": _database(CONTROL_URL)} | {
    name: _database(url) for name, url in VBA_DATABASES.items()
}
DATABASE_ROUTERS = ["tables.context.databases.TargetDatabaseRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- applications -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "axes",
    "csp",
    "procrastinate.contrib.django",
    "vbaadmin",
    "tables",
    "tables.history",
    "access",
    "groups",
    "planyears",
    "members",
    "processes",
    "enrollment",
    "loads",
]

MIDDLEWARE = [
    "tables.context.requests.RequestMiddleware",
    "vbaadmin.rawpath.RawPathMiddleware",
    "tables.context.databases.TargetDatabaseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "access.switcher.ChosenDatabaseMiddleware",
    "vbaadmin.failures.DatabaseFailureMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "vbaadmin.urls"
WSGI_APPLICATION = "vbaadmin.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "access.switcher.databases_for_templates",
            ],
        },
    },
]

# --- files --------------------------------------------------------------------------------------
# The most bytes that a compressed file may unpack to, or standard input may hold.
FILE_MAX_UNPACKED_BYTES = env.int("VBA_MAX_UNPACKED_BYTES", default=50 * 10**9)

# The largest file that a browser may upload, and how long the file and its reports are kept.
MAX_UPLOAD_BYTES = env.int("VBA_MAX_UPLOAD_BYTES", default=1 << 30)
UPLOAD_DAYS = env.int("VBA_UPLOAD_DAYS", default=7)
FILE_UPLOAD_HANDLERS = ["loads.uploads.Uploads"]
# The most time that one export of a list may take. A slow browser makes it slow.
EXPORT_SECONDS = env.int("VBA_EXPORT_SECONDS", default=3600)

# --- history ---------------------------------------------------------------------------------------
# How many days the history is kept. manage.py prune_history deletes older entries.
HISTORY_DAYS = env.int("VBA_HISTORY_DAYS", default=7 * 365)

# --- enrollment ---------------------------------------------------------------------------------
# The time zone of the business decides which day is today. Pages show times in it; the API and logs use UTC.
BUSINESS_ZONE = env.str("VBA_BUSINESS_ZONE", default="UTC")
try:
    zoneinfo.ZoneInfo(BUSINESS_ZONE)
except (KeyError, ValueError, OSError):
    raise ImproperlyConfigured(
        f"VBA_BUSINESS_ZONE is '{BUSINESS_ZONE}', which is not a time zone."
        " Use a name such as America/Chicago."
    ) from None
# The auth_Code that a disenrollment gives to the authorizations it cancels.
DISENROLL_AUTH_CODE = env.str("DISENROLL_AUTH_CODE", default="CANC")

# --- processes ----------------------------------------------------------------------------------
# How many processes a worker runs at the same time.
PROCESS_CONCURRENCY = env.int("VBA_PROCESS_CONCURRENCY", default=2)
# If a worker gives no sign of life for this long, other workers run its processes again.
PROCESS_LEASE_SECONDS = env.float("VBA_PROCESS_LEASE_SECONDS", default=15.0)
PROCESS_BEAT_SECONDS = env.float("VBA_PROCESS_BEAT_SECONDS", default=0.5)
# How often each worker looks for processes that no queue and no worker holds.
PROCESS_SWEEP_SECONDS = env.float("VBA_PROCESS_SWEEP_SECONDS", default=5.0)
# How many times a process is tried before it fails.
PROCESS_ATTEMPTS = 4
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "queueing"

# --- language, time, static files ---------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["vbaadmin.formats"]
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION

# --- sign-in ------------------------------------------------------------------------------------
# Rights are those of the user's role in the chosen database.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "access.backends.RoleBackend"]
# Five wrong passwords for one user from one address lock that pair out for 15 minutes, in the admin and in
# the API. The answer does not reveal whether the user exists.
AXES_FAILURE_LIMIT = env.int("VBA_LOGIN_ATTEMPTS", default=5)
AXES_COOLOFF_TIME = datetime.timedelta(minutes=env.int("VBA_LOCKOUT_MINUTES", default=15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "access.lockout.locked_out"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "access.lockout.username_of"
AXES_CLIENT_IP_CALLABLE = "access.authentication.client_address"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
SESSION_COOKIE_HTTPONLY = True
# Users are signed out after this time without a request, and when they close the browser.
SESSION_COOKIE_AGE = env.int("VBA_SESSION_SECONDS", default=8 * 3600)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_REFERRER_POLICY = "same-origin"
# Alpine, which django-unfold uses, makes functions from attributes ('unsafe-eval') and sets styles of
# elements ('unsafe-inline'). Pages load nothing from other servers and contain no scripts.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = env.bool("VBA_SSL_REDIRECT", default=PRODUCTION)
SECURE_HSTS_SECONDS = env.int("VBA_HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
BEHIND_PROXY = env.bool("VBA_BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"

# --- REST ---------------------------------------------------------------------------------------
API_MAX_BODY_BYTES = env.int("VBA_MAX_BODY_BYTES", default=100 * 1024 * 1024)
# A record of two bytes takes a thousand bytes of memory, so the size of the body is not enough of a limit.
API_MAX_BATCH_RECORDS = env.int("VBA_MAX_BATCH_RECORDS", default=100_000)
API_MAX_PAGE_SIZE = 10_000
# Requests per second for each API key (0: no limit). Bursts may have twice as many.
API_RATE_LIMIT = env.float("VBA_RATE_LIMIT", default=25.0)
API_TOKEN_SECONDS = env.int("VBA_TOKEN_SECONDS", default=3600)
API_REFRESH_SECONDS = env.int("VBA_REFRESH_SECONDS", default=30 * 24 * 3600)
# Enough for a form with a hundred columns. Batches have the limits above.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["access.authentication.KeyAndToken"],
    "DEFAULT_PERMISSION_CLASSES": ["access.permissions.MayUseTable"],
    "DEFAULT_RENDERER_CLASSES": ["tables.rest.envelope.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tables.rest.envelope.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tables.rest.envelope.AlwaysJson",
    "DEFAULT_METADATA_CLASS": "tables.rest.envelope.AllowOnly",
    "EXCEPTION_HANDLER": "tables.rest.envelope.answer_exception",
    "UNAUTHENTICATED_USER": None,
}

# The format of log lines: ``line`` for people, ``json`` for machines.
LOG_FORMAT = env.str("VBA_LOG_FORMAT", default="json" if PRODUCTION else "line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("VBA_LOG_FORMAT must be line or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "activity": {"()": "tables.context.requests.ActivityFilter"},
        "without_path": {"()": "tables.context.logs.WithoutPath"},
    },
    "formatters": {
        "line": {
            "class": "tables.context.logs.LineFormatter",
            "format": "{asctime} {levelname} {name} [{activity}] {message}",
            "style": "{",
        },
        "json": {"class": "tables.context.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["activity", "without_path"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("VBA_LOG_LEVEL", default="INFO")},
    # The queue would log each step of each job. Processes have their own log.
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        # Each request already has a log line with its status. Only failures of our code log more.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # It would log the names of users who could not sign in.
        "axes": {"level": "CRITICAL"},
    },
}

UNFOLD = {
    "SITE_TITLE": "vbaadmin",
    "SITE_HEADER": "vbaadmin",
    "SITE_URL": None,
    "SITE_SUBHEADER": "Benefits administration",
    "SITE_SYMBOL": "health_and_safety",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("tables/icon.svg")}],
    "STYLES": [lambda _: static("tables/admin.css")],
    "LOGIN": {"form": "access.sign_in_form.SignInForm"},
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SIDEBAR": {"navigation": "vbaadmin.navigation.sidebar"},
    "DASHBOARD_CALLBACK": "vbaadmin.dashboard.start_page",
}
