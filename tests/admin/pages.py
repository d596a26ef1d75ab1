"""Pages of the admin as a browser has them: what a form sends back when some of its inputs are changed."""

from dataclasses import dataclass
from html.parser import HTMLParser

from django.test import Client
from django.urls import reverse

from tables.context import databases


class FormReader(HTMLParser):
    """Collects what a browser would send of the form ``form_id``, untouched."""

    def __init__(self, form_id):
        super().__init__()
        self.form_id, self.inside, self.fields = form_id, False, {}
        self.select = self.textarea = None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.inside = attrs.get("id") == self.form_id
        if not self.inside:
            return
        name, kind = attrs.get("name"), attrs.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "button"):
            if kind != "checkbox":
                self.fields[name] = (attrs.get("value") or "").replace("\r", "").replace("\n", "")
            elif "checked" in attrs:
                self.fields[name] = attrs.get("value") or "on"
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in attrs or self.select not in self.fields):
            self.fields[self.select] = attrs.get("value", "")
        elif tag == "textarea":
            self.textarea, self.fields[name] = name, ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.textarea:
            text = self.fields[self.textarea].replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            self.fields[self.textarea] = text.replace("\n", "\r\n")
            self.textarea = None

    def handle_data(self, data):
        if self.textarea:
            self.fields[self.textarea] += data


def address(model, page, *args):
    """Return the address of a model's admin page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def text_of(response):
    """Return a page's visible texts, blanks squeezed."""

    class Texts(HTMLParser):
        def __init__(self):
            super().__init__()
            self.texts, self.hidden = [], 0

        def handle_starttag(self, tag, attrs):
            self.hidden += tag in ("script", "style")

        def handle_endtag(self, tag):
            self.hidden -= tag in ("script", "style")

        def handle_data(self, data):
            if not self.hidden:
                self.texts.append(data)

    reader = Texts()
    reader.feed(response.content.decode())
    return " ".join(" ".join(reader.texts).split())


@dataclass
class Clerk:
    """Somebody signed in to the admin, working in one database."""

    client: Client
    database: str = "VBA_Demo"

    @classmethod
    def of(cls, user):
        """Sign a user in."""
        client = Client()
        client.force_login(user)
        return cls(client)

    def get(self, url, **query):
        """Open a page."""
        return self.client.get(url, query)

    def send(self, url, **changes):
        """Open the form at ``url``, change some of its inputs (None: leave one out), and save it."""
        name = self.client.get(url).context["opts"].model_name
        reader = FormReader(f"{name}_form")
        reader.feed(self.client.get(url).content.decode())
        sent = {**reader.fields, "_save": "Save", **changes}
        return self.client.post(url, {key: value for key, value in sent.items() if value is not None})

    def stored(self, model, **key):
        """Return a stored record."""
        with databases.using(self.database):
            return model.objects.get(**key)

    def count(self, model, **key):
        """Count stored records."""
        with databases.using(self.database):
            return model.objects.filter(**key).count()


def errors_of(response):
    """Return what a refused form says beside each of its columns."""
    assert response.status_code == 200, f"the form was accepted: {response.status_code}"
    return {name: list(texts) for name, texts in response.context["adminform"].form.errors.items()}
