"""All operations of the API, from the URL resolver, each with the made-up key in its path."""

import re
from dataclasses import dataclass

from django.urls import URLPattern, get_resolver

from tests.made_up import DAY
from vbaadmin.health import unknown_path

BASE = "vbasoftware/"
# Operations that need less than a key, a token and a database. The list keeps others from being added by
# mistake.
SIGNING_IN = {"/vbasoftware/user-authentication", "/vbasoftware/user-refresh-tokens"}
PUBLIC = {"/vbasoftware/openapi.json", "/vbasoftware/docs/"}


@dataclass(frozen=True)
class Operation:
    """One method of one address, and the view that answers."""

    method: str
    path: str
    view: type
    action: str

    def __str__(self):
        return f"{self.method} {self.path}"

    @property
    def rights(self):
        """The rights that the operation needs, as the documentation says."""
        own = getattr(self.view, "rights", None)
        if own is not None:
            return set(own[self.method])
        kinds = {"GET": ["view"], "POST": ["add"], "PUT": ["change"], "DELETE": ["delete"]}[self.method]
        meta = self.view.model._meta
        kinds = ["add", "change"] if self.action == "batch" else kinds
        return {f"{meta.app_label}.{kind}_{meta.model_name}" for kind in kinds}


def views():
    """Return address and callback of all routes of the API, except the one for unknown paths."""
    found = []

    def walk(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if not isinstance(pattern, URLPattern):
                walk(pattern.url_patterns, route)
            elif route.startswith(BASE) and pattern.callback is not unknown_path:
                found.append(("/" + _filled(route), pattern.callback))

    walk(get_resolver().url_patterns, "")
    return found


def _filled(route):
    return re.sub(r"<(?:(\w+):)?(\w+)>", lambda part: DAY.isoformat() if part[1] == "day" else "1", route)


def operations():
    """Return all operations that need a key, a token and a database."""
    found = []
    for path, callback in views():
        if path in SIGNING_IN | PUBLIC:
            continue
        view = callback.cls
        actions = getattr(callback, "actions", None) or {
            name: name for name in view.http_method_names if hasattr(view, name) and name != "options"
        }
        found += [
            Operation(method.upper(), path, view, action)
            for method, action in actions.items()
            if method != "head"
        ]
    return found
