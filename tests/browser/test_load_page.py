"""File loads in a real browser: drop, preview, validate, load by a worker, list, and export."""

import json
import os
import time

import pytest
from playwright.sync_api import Page, expect

from groups.models import Group
from loads.models import FileLoad
from tables.context import databases
from tests.admin.records import least
from tests.browser.screens import follow, too_wide
from tests.work.workers import Worker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases="__all__")]

DROP = """([target, name, content]) => {
    const data = new DataTransfer();
    data.items.add(new File([content], name, { type: "text/csv" }));
    for (const kind of ["dragenter", "dragover", "drop"])
        document.querySelector(target).dispatchEvent(
            new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
CONTENT = "Group_ID,Name,Original_Date\nG1,Blue Harbor,2024-01-01\nG2,Cedar,nonsense\n"


@pytest.fixture
def office(sign_in, alice) -> Page:
    with databases.using("VBA_Demo"):
        for group_id in ("G1", "G2"):
            Group.objects.create(**least(Group, group_id=group_id, name="Before"))
    return sign_in("alice", "groups/group/")


@pytest.fixture
def worker():
    working = Worker().start()
    yield working
    working.end()


def drop(page: Page, name: str, content: str) -> None:
    follow(page, page.get_by_role("link", name="Load a file"))
    drop_file(page, name, content)


def drop_file(page: Page, name: str, content: str) -> None:
    page.evaluate(DROP, ["[data-send]", name, content])
    expect(page.get_by_role("status")).to_contain_text(name)
    # The focus is on the next step: the keyboard goes on from there.
    page.keyboard.press("Enter")


def test_a_dropped_file_is_validated_and_loaded(office):
    drop(office, "groups.csv", CONTENT)
    expect(office.get_by_role("region", name="First rows")).to_contain_text("Blue Harbor")
    with databases.using("VBA_Demo"):
        assert FileLoad.objects.count() == 1
    office.get_by_role("button", name="Validate").click()
    expect(office.get_by_role("region", name="List of errors")).to_contain_text(
        "Original Date must be a date"
    )
    with office.expect_download() as report:
        office.get_by_role("link", name="Download all errors").click()
    assert "G2" in report.value.path().read_text()
    office.get_by_role("button", name="Load now").click()
    expect(office.get_by_label("Result")).to_contain_text("Loaded")
    office.get_by_role("link", name="Load another file").click()
    expect(office.get_by_role("region", name="Earlier files")).to_contain_text("groups.csv")
    with databases.using("VBA_Demo"):
        assert list(Group.objects.order_by("pk").values_list("name", flat=True)) == ["Blue Harbor", "Before"]


def test_a_worker_loads_a_large_file_while_the_page_shows_progress(office, worker, monkeypatch):
    monkeypatch.setattr("loads.running.AT_ONCE_BYTES", 1)
    drop(office, "large.csv", CONTENT)
    office.get_by_role("button", name="Validate").click()
    expect(office.get_by_label("Result")).to_contain_text("Validated. Nothing has been saved yet")
    office.get_by_role("button", name="Load now").click()
    expect(office.get_by_label("Result")).to_contain_text("Loaded by")
    with databases.using("VBA_Demo"):
        assert Group.objects.get(pk="G1").update_user == "alice"
        assert FileLoad.objects.get().rows_refused == 1


def test_a_bar_shows_the_upload_progress_of_a_large_file(office):
    network = office.context.new_cdp_session(office)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 30_000}
    office.goto(f"{office.url.partition('/admin/')[0]}/admin/load/groups/")
    network.send("Network.emulateNetworkConditions", slow)
    drop_file(office, "large.csv", CONTENT + "G3,Delta,\n" * 100_000)
    expect(office.get_by_label("Upload progress")).to_be_visible()
    office.wait_for_function("(({ value }) => 0 < value && value < 1)(document.querySelector('progress'))")
    # What is dropped meanwhile is not what is being sent.
    office.evaluate(DROP, ["[data-send]", "other.csv", CONTENT])
    expect(office.get_by_role("status")).to_have_text("Uploading…")
    network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    expect(office.get_by_role("region", name="First rows")).to_contain_text("Blue Harbor")


def test_a_file_stays_chosen_after_a_failed_upload(office, expected_errors):
    expected_errors.append("ERR_INTERNET_DISCONNECTED")
    follow(office, office.get_by_role("link", name="Load a file"))
    office.context.set_offline(True)
    drop_file(office, "groups.csv", CONTENT)
    expect(office.get_by_role("alert")).to_contain_text("The connection was lost")
    expect(office.get_by_role("status")).to_contain_text("groups.csv")
    office.context.set_offline(False)
    office.get_by_role("button", name="Upload and preview").click()
    expect(office.get_by_role("region", name="First rows")).to_contain_text("Blue Harbor")


def test_a_file_changed_since_it_was_chosen_must_be_chosen_again(office, tmp_path, expected_errors):
    expected_errors.append("ERR_UPLOAD_FILE_CHANGED")
    file = tmp_path / "groups.csv"
    file.write_text(CONTENT)
    follow(office, office.get_by_role("link", name="Load a file"))
    office.get_by_label("Drop a file here, or choose one").set_input_files(file)
    file.write_text(CONTENT.replace("nonsense", "2024-02-01"))
    os.utime(file, (time.time() + 10,) * 2)  # A browser sees it by the second at which it was written.
    office.get_by_role("button", name="Upload and preview").click()
    expect(office.get_by_role("alert")).to_contain_text("Choose it again.")
    office.get_by_label("Drop a file here, or choose one").set_input_files(file)
    office.get_by_role("button", name="Upload and preview").click()
    expect(office.get_by_role("region", name="First rows")).to_contain_text("2024-02-01")


def test_after_a_lost_response_the_file_may_be_in_the_list(office, expected_errors):
    def lose_answer(route):
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort("connectionreset")
        else:
            route.continue_()

    expected_errors.append("ERR_CONNECTION_RESET")
    follow(office, office.get_by_role("link", name="Load a file"))
    office.route("**/load/groups/", lose_answer)
    drop_file(office, "groups.csv", CONTENT)
    expect(office.get_by_role("alert")).to_contain_text("look for the file in the list below")
    follow(office, office.get_by_role("link", name="Back to the groups"))
    follow(office, office.get_by_role("link", name="Load a file"))
    expect(office.get_by_role("region", name="Earlier files")).to_contain_text("groups.csv")


def test_a_refused_file_stays_chosen_and_the_page_says_why(office, expected_errors):
    expected_errors.append("status of 400")
    drop(office, "empty.csv", "")
    expect(office.get_by_role("alert")).to_have_text("The file is empty.")
    expect(office.get_by_role("button", name="Upload and preview")).to_be_focused()
    assert not FileLoad.objects.using("VBA_Demo").exists()


def test_a_user_signed_out_during_an_upload_returns_to_the_page(office):
    follow(office, office.get_by_role("link", name="Load a file"))
    office.context.clear_cookies(name="sessionid")
    drop_file(office, "groups.csv", CONTENT)
    office.wait_for_url("**/admin/login/?next=/admin/load/groups/")


def test_one_click_exports_a_list(office):
    with office.expect_download() as download:
        office.get_by_role("link", name="Export as JSON").click()
    rows = json.loads(download.value.path().read_bytes())
    assert [row["group_ID"] for row in rows] == ["G1", "G2"]


@pytest.mark.parametrize("width", [1400, 390])
def test_no_page_of_a_file_is_wider_than_the_screen(office, width):
    office.set_viewport_size({"width": width, "height": 900})
    assert too_wide(office) == 0
    drop(office, "groups.csv", CONTENT)
    office.get_by_text("Import options").click()
    assert too_wide(office) == 0
    follow(office, office.get_by_role("button", name="Validate"))
    expect(office.get_by_role("region", name="List of errors")).to_be_visible()
    assert too_wide(office) == 0
