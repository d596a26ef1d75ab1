"""A kind of process for tests: it marks its group step by step, slowly or with errors as requested."""

import time

from django.db import connections

from processes import kinds
from tables.context import databases

KIND = "MARKGROUP"


def register():
    kinds.RUNNERS.add((KIND, mark_group))


def mark_group(run):
    """Add a stroke to the group's name for each step; ``after`` says what happens then. What stands under
    ``at_first`` holds for the first attempt alone, which is to be cut off and may take any time."""
    asked = run.arguments | (run.arguments.get("at_first", {}) if run.attempt == 1 else {})
    run.log("START", "It begins.", [("Group", run.group_id)])
    with connections[databases.chosen()].cursor() as cursor:
        for step in range(asked["steps"]):
            cursor.execute("UPDATE groups SET name = name || '|' WHERE group_id = %s", [run.group_id])
            run.progress(step + 1, asked["steps"], f"step {step + 1}")
            time.sleep(asked.get("pause", 0))
        if "sleep" in asked:
            cursor.execute("SELECT pg_sleep(%s)", [asked["sleep"]])
        if "gate" in asked:  # A test holds this lock to keep the process from ending.
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [asked["gate"]])
        if asked.get("after") == "fail":
            raise kinds.Failed("The group cannot be marked.")
        if asked.get("after") == "crash":
            raise ValueError(asked["said"])
        if asked.get("after") == "again" and run.attempt < asked["until"]:
            raise kinds.Again
    lines = [kinds.LogLine("END", asked["says"])] if "says" in asked else []
    return kinds.RunResult(warnings=asked.get("after") == "warn", lines=lines)
