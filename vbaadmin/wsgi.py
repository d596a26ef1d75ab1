"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vbaadmin.settings")
# Requests must not take forever: settings.py then limits the statements of the web server.
os.environ.setdefault("VBA_LIMIT_STATEMENTS", "on")

application = get_wsgi_application()
