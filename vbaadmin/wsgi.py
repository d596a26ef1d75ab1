"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vbaadmin.settings")
# What people and programs wait for must not take for ever: settings.py gives these to the web's connections.
os.environ.setdefault("VBA_LIMIT_STATEMENTS", "on")

application = get_wsgi_application()
