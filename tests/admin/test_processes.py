"""The admin's page of a process: how it stands, its log, cancelling it, and finding it."""

import pytest
from django.urls import reverse

from processes.models import VBAProcess, VBAProcessLog, VBAProcessParameter
from processes.process_run import ProcessRun
from processes.starting import start
from tables.context import databases
from tests.admin.pages import Clerk, address, text_of
from tests.admin.records import have
from tests.roles import give_role

pytestmark = pytest.mark.django_db(databases="__all__")


def started(group="G1"):
    """Return a process of the worker that waits."""
    with databases.using("VBA_Demo"):
        return start(
            kind="MARKGROUP",
            group_id=group,
            user="bob",
            description=f"Mark {group}",
            arguments={},
            parameters=[("steps", "int32", "7", None)],
        )


def page(name, process):
    return reverse(f"admin:processes_vbaprocess_{name}", args=[process.pk])


def change(process, **values):
    with databases.using("VBA_Demo"):
        ProcessRun.objects.filter(vbaprocess_key=process.vbaprocess_key).update(**values)


def test_a_process_of_the_worker_has_a_page_of_its_own(clerk):
    process = started()
    assert clerk.get(address(VBAProcess, "change", process.pk)).url == page("watch", process)
    text = text_of(clerk.get(page("watch", process)))
    for told in ("Waiting to start", "Mark G1", "steps", "7", "Cancel this process"):
        assert told in text


def test_the_state_tells_the_progress(clerk):
    process = started()
    change(process, state="running", done=30, total=120, progress_text="division A")
    response = clerk.get(page("state", process))
    assert "30 of 120" in text_of(response)
    assert "division A" in text_of(response)
    assert 'value="25"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_long_log_shows_its_end_and_no_warning_is_lost(clerk):
    process = started()
    with databases.using("VBA_Demo"):
        VBAProcessLog.objects.bulk_create(
            VBAProcessLog(
                vbaprocess_key=process.vbaprocess_key,
                vbaprocess_type=process.vbaprocess_type,
                vbaprocesslog_key=number,
                log_type="WARNING" if number == 7 else "COUNT",
                log_message=f"Line {number:03} of it.",
                entry_date=process.entry_date,
                update_date=process.entry_date,
            )
            for number in range(1, 301)
        )
    response = clerk.get(page("watch", process))
    text = text_of(response)
    assert "Line 007 of it." in text
    assert "Line 008 of it." not in text
    assert "Line 300 of it." in text
    assert "100 earlier lines not shown here." in text
    assert response.content.decode().count('role="alert"') == 1


def test_a_process_is_cancelled_by_a_button_and_never_by_a_link(clerk):
    process = started()
    assert clerk.get(page("cancel", process)).status_code == 403
    assert clerk.client.post(page("cancel", process)).url == page("watch", process)
    assert clerk.stored(VBAProcess, pk=process.pk).process_result == "CANCELLED"
    text = text_of(clerk.get(page("watch", process)))
    assert "The process is canceled." in text
    assert "Cancel this process" not in text


def test_who_may_only_look_cannot_cancel(carol):
    give_role(carol, "Viewer")
    viewer, process = Clerk.of(carol), started()
    assert "Cancel this process" not in text_of(viewer.get(page("watch", process)))
    assert viewer.client.post(page("cancel", process)).status_code == 403
    assert viewer.stored(VBAProcess, pk=process.pk).process_result is None


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_the_record_of_a_process_that_no_worker_runs_is_changed_on_its_page(clerk):
    record = have(VBAProcess)
    page = address(VBAProcess, "change", record.pk)
    assert clerk.send(page, description="Kept from before").status_code == 302
    assert clerk.stored(VBAProcess, pk=record.pk).description == "Kept from before"


def test_a_process_of_the_worker_is_not_changed_here(clerk):
    process = started()
    sent = {"description": "Mine", "_save": "Save"}
    assert clerk.client.post(address(VBAProcess, "change", process.pk), sent).url == page("watch", process)
    assert clerk.stored(VBAProcess, pk=process.pk).description == "Mark G1"


def test_a_process_of_the_worker_is_not_deleted_here(clerk):
    process = started()
    assert clerk.get(address(VBAProcess, "delete", process.pk)).status_code == 403


def test_a_process_of_the_worker_stays_where_several_are_deleted_even_without_its_log(clerk):
    process, record = started(), have(VBAProcess)
    with databases.using("VBA_Demo"):
        VBAProcessLog.objects.all().delete()
        VBAProcessParameter.objects.all().delete()
    chosen = {"action": "delete_selected", "_selected_action": [process.pk, record.pk]}
    listed = address(VBAProcess, "changelist")
    shown = clerk.client.post(listed, chosen).context["deletion"]
    assert ([row.pk for row in shown.deletable], [row.pk for row in shown.staying]) == (
        [record.pk],
        [process.pk],
    )
    clerk.client.post(listed, {**chosen, "previewed": shown.digest})
    assert clerk.count(VBAProcess, pk=process.pk) == 1
    assert clerk.count(VBAProcess, pk=record.pk) == 0


def test_running_and_failed_processes_are_found_by_a_filter(clerk):
    running, failed, waiting = started("G1"), started("G2"), started("G3")
    change(running, state="running")
    change(failed, state="ended", result="FAILED")

    def found(state):
        response = clerk.get(address(VBAProcess, "changelist"), state=state)
        return [row.pk for row in response.context["cl"].result_list]

    assert (found("running"), found("failed"), found("queued")) == ([running.pk], [failed.pk], [waiting.pk])
