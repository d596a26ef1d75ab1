"""A client generated from the OpenAPI document, and the examples of the guide, work on the real server."""

import html
import json
import re
import shutil
import subprocess
import sys
from importlib import import_module

import httpx
import pytest
from django.conf.global_settings import PASSWORD_HASHERS

from tests.api.published import GROUP
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

DATABASE = "VBA_Demo"


@pytest.fixture
def bob(bob, settings):
    """Bob, his password hashed as the real server does it."""
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    bob.set_password(PASSWORD)
    bob.save()
    return bob


@pytest.fixture
def generated(client, tmp_path, monkeypatch):
    """Import a module of the Python client that openapi-python-client makes of the document."""
    document = tmp_path / "openapi.json"
    document.write_bytes(client.get("/vbasoftware/openapi.json").content)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    command += ["--path", str(document), "--output-path", str(tmp_path / "generated")]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda name: import_module(f"generated.{name}")
    for name in [each for each in sys.modules if each.partition(".")[0] == "generated"]:
        del sys.modules[name]


def test_a_generated_client_signs_in_lists_reads_replaces_and_sends_batches(generated, port, bob, demo_key):
    base, key = f"http://127.0.0.1:{port}/vbasoftware", {"x-api-key": demo_key}
    door = generated("client").Client(base_url=base, headers=key)
    door.set_httpx_client(httpx.Client(base_url=base, headers=key, auth=("bob", PASSWORD)))
    tokens = generated("api.signing_in.sign_in").sync(client=door, vbasoftware_database=DATABASE)
    client = generated("client").AuthenticatedClient(
        base_url=base, headers=key, token=tokens.data.authentication_result.id_token
    )
    here = {"client": client, "vbasoftware_database": DATABASE}
    one = generated("models").Group.from_dict(GROUP.record(group_ID="GEN-1", state="OH"))
    two = generated("models").Group.from_dict(GROUP.record(group_ID="GEN-2", state="PA"))

    batch = generated("api.groups.batch_groups").sync(body=[one, two, one], **here)
    assert [(row.status, row.body) for row in batch.data] == [
        (201, "Created"),
        (201, "Created"),
        (200, "Unchanged"),
    ]
    listed = generated("api.groups.list_groups").sync_detailed(state="OH", page_size=1, **here)
    assert [group.group_id for group in listed.parsed.data] == ["GEN-1"]
    assert json.loads(listed.headers["X-Pagination"])["TotalCount"] == 1
    read = generated("api.groups.get_group").sync("GEN-1", **here).data
    read.name = "Walker Mills"
    replaced = generated("api.groups.replace_group").sync("GEN-1", body=read, **here)
    assert (replaced.data.name, replaced.data.state, replaced.data.update_user) == (
        "Walker Mills",
        "OH",
        "bob",
    )
    unknown = generated("api.groups.get_group").sync("NOPE", **here)
    assert (unknown.error.status, unknown.error.detail) == (404, "Group 'NOPE' was not found.")


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq")
def test_the_examples_of_the_guide_run_as_they_are_written(client, port, bob, demo_key):
    page = client.get("/vbasoftware/docs/").content.decode()
    examples = re.findall(r'<pre class="try"[^>]*><code>(.*?)</code>', page, re.S)
    setup = {"KEY": demo_key, "USER_NAME": "bob", "PASSWORD": PASSWORD, "DATABASE": DATABASE}
    setup["BASE"] = f"http://127.0.0.1:{port}/vbasoftware"
    script = html.unescape("\n".join(examples))
    ran = subprocess.run(["bash", "-c", script], env=setup | {"PATH": "/usr/bin:/bin"}, capture_output=True)
    assert ran.stderr == b""
    assert ran.stdout.decode().splitlines() == [
        '"DOC-1"',
        '"Walker Mills & Sons"',
        'X-Pagination: {"TotalCount":1,"TotalPages":1,"CurrentPage":1,"PageSize":2}',
        '"DOC-1"',
        '[200,"Unchanged"]',
        '[201,"Created"]',
        '[400,"state has 4 characters. At most 2 are allowed."]',
        "[",
        "  404,",
        "  \"Group 'NOPE' was not found.\"",
        "]",
        "204",
        "204",
        "null",
    ]
