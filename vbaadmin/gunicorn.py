"""How gunicorn serves: threads that keep their database connections, on the loopback address of ``PORT``.

``GUNICORN_CMD_ARGS`` and gunicorn's own command line overrule what stands here.
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
# Keys travel in paths and filters in queries; the default of 4094 is short for them.
limit_request_line = 8190
# The heartbeat file belongs into memory: on a busy disk it makes workers look dead.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# Its default place is one per user: a second copy of ours would take it from the first.
control_socket_disable = True


def post_fork(server: object, worker: object) -> None:
    """Let workers end with a master that was killed, and not only when they next look for it."""
    end_with_parent(signal.SIGTERM)()
    memory.give_large_blocks_back()
    # A batch makes a million objects that live as long as it does: looking through them for garbage
    # again and again costs more than all of its checking.
    gc.set_threshold(100_000, 20, 50)


def post_worker_init(worker: object) -> None:
    """Look for garbage only among what comes from now on: the application itself stays."""
    gc.collect()
    gc.freeze()


def post_request(worker: object, request: object, environ: object, response: object) -> None:
    """Give back what requests have left."""
    memory.tidy()
