"""The undecoded path: what the URL resolver sees of a client's path."""

import pytest
from django.test import RequestFactory

from vbaadmin.rawpath import RawPathMiddleware, raw_path


def path_for(**environ: str) -> str:
    """Return the raw path of a request with these WSGI variables."""
    return raw_path(RequestFactory().get("/vbasoftware/groups/x", **environ))


@pytest.mark.parametrize(
    ("sent", "resolved"),
    [
        ("/vbasoftware/groups/A%2FB", "/vbasoftware/groups/A%2FB"),
        ("/vbasoftware/groups/A%2fB?page=2", "/vbasoftware/groups/A%2FB"),
        ("/vbasoftware/groups/A%20B%25", "/vbasoftware/groups/A%20B%25"),
        ("/vbasoftware/groups/2024-01-01+00:00:00+UTC", "/vbasoftware/groups/2024-01-01+00:00:00+UTC"),
        ("/vbasoftware/groups/2%2B2", "/vbasoftware/groups/2%2B2"),
        ("/%76basoftware/%67roups/x%2Dy", "/vbasoftware/groups/x-y"),
        ("http://127.0.0.1:8000/vbasoftware/groups/A%2FB", "/vbasoftware/groups/A%2FB"),
        ("/vbasoftware/groups/a:b@c;d=e,f", "/vbasoftware/groups/a:b@c;d=e,f"),
        # The bytes of é, unencoded, as WSGI passes them.
        ("/vbasoftware/groups/Caf\xc3\xa9", "/vbasoftware/groups/Caf%C3%A9"),
        ("/vbasoftware/groups/a//b", "/vbasoftware/groups/a//b"),
    ],
)
def test_the_path_is_what_the_client_sent_in_one_notation(sent: str, resolved: str) -> None:
    assert path_for(RAW_URI=sent) == resolved
    assert path_for(REQUEST_URI=sent) == resolved


def test_a_script_name_is_not_part_of_the_path() -> None:
    assert (
        path_for(RAW_URI="/vba/vbasoftware/groups/A%2FB", SCRIPT_NAME="/vba") == "/vbasoftware/groups/A%2FB"
    )


def test_without_the_raw_path_the_decoded_path_is_used() -> None:
    request = RequestFactory().get("/vbasoftware/groups/Caf%C3%A9%20%25%3F")
    assert raw_path(request) == "/vbasoftware/groups/Caf%C3%A9%20%25%3F"


def test_paths_outside_the_api_stay_decoded() -> None:
    request = RequestFactory().get("/admin/a%20b/", RAW_URI="/admin/a%20b/")
    RawPathMiddleware(lambda request: None)(request)
    assert request.path_info == "/admin/a b/"
