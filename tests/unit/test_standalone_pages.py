"""Standalone pages: they extend one template, and need neither a database nor a script."""

import re

import pytest
from django.template.loader import get_template

PAGES = {
    "403.html": "No permission",
    "404.html": "Page not found",
    "500.html": "Something went wrong",
    "503.html": "Not possible right now",
    "access/locked_out.html": "Too many attempts",
    "registration/logged_out.html": "You are signed out",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_standalone_page_says_what_is_wrong_and_needs_nothing_else(name):
    html = get_template(name).render({"text": "<What> is wrong."})
    assert html.startswith("<!DOCTYPE html>")
    assert f"<title>{PAGES[name]} | vbaadmin</title>" in html
    assert f"<h1>{PAGES[name]}</h1>" in html
    assert ("&lt;What&gt; is wrong." in html) == (name == "503.html")
    assert re.findall(r'(?:href|src|action)="([^"]*)"', html) == ["/admin/"]
    assert "light-dark(" in html


def test_standalone_pages_extend_one_template():
    assert {get_template(name).template.nodelist[0].parent_name.var for name in PAGES} == {"standalone.html"}
