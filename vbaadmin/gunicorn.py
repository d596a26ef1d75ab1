"""The configuration of gunicorn: threads that keep their database connections, on 127.0.0.1 and ``PORT``.

``GUNICORN_CMD_ARGS`` and gunicorn's command line override these settings.
"""

import gc
import os
import signal

from vbaadmin import memory
from vbaadmin.children import end_with_parent

wsgi_app = "vbaadmin.wsgi:application"
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
keepalive = 30
# Paths hold keys and queries hold filters: the default of 4094 bytes is too short for them.
limit_request_line = 8190
# The heartbeat file must be in memory: on a busy disk, workers would look dead.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# By default there is one socket for each user, and a second copy of vbaadmin would take it from the first.
control_socket_disable = True


def post_fork(server: object, worker: object) -> None:
    """Make workers end at once when the master is killed, not only when they next check for it."""
    end_with_parent(signal.SIGTERM)()
    memory.give_large_blocks_back()
    # A batch makes a million objects that live until its end. Frequent garbage collections would search all
    # of them each time, which would cost more than checking the batch.
    gc.set_threshold(100_000, 20, 50)


def post_worker_init(worker: object) -> None:
    """Exclude the application's own objects from garbage collection: they are never freed."""
    gc.collect()
    gc.freeze()


def post_request(worker: object, request: object, environ: object, response: object) -> None:
    """Free the memory that requests leave behind."""
    memory.tidy()
