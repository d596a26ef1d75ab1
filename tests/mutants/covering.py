"""Which tests may kill a mutant of a file: those that are likeliest first. New files of tests belong here
only if no pattern has them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# They take long, or look at time and size alone.
SLOW = ("test_seed_demo.py", "test_scale.py", "test_linear_work.py", "test_cut_off.py", "test_memory.py")
# Only when all others have found nothing.
LAST = ("test_writers_at_full_speed.py", "test_many_at_once.py")
_E, _A, _P, _F = "tests/enrollment", "tests/admin", "tests/api", "tests/faults"

_RULES = (
    f"{_E}/test_scenarios.py",
    f"{_E}/test_rules_*.py",
    f"{_E}/test_exact_days_*.py",
    f"{_E}/test_renewals_after_a_gap.py",
    f"{_E}/test_two_groups.py",
    f"{_E}/test_invariants.py",
    f"{_E}/test_edited_meanwhile.py",
    f"{_E}/test_statements.py",
    f"{_E}/test_writers_wait.py",
    f"{_E}/test_held_rows.py",
    f"{_E}/test_warned_families.py",
    f"{_E}/test_process_records.py",
    f"{_E}/test_shell.py",
    f"{_E}/test_cancelled_auth_code.py",
    f"{_A}/test_disenroll_pages.py",
)
_WRITING = (
    "tests/unit/test_engine.py",
    f"{_P}/test_batch*.py",
    f"{_P}/test_overlap*.py",
    f"{_P}/test_assigned_keys.py",
    f"{_P}/test_records.py",
    f"{_P}/test_people_operations.py",
    f"{_P}/test_raw_server.py",
    f"{_A}/test_table_*.py",
    f"{_A}/test_bulk_edit.py",
    "tests/files/test_load*.py",
    f"{_A}/test_history.py",
    f"{_F}/test_keys_given_at_once.py",
    f"{_F}/test_batches_in_any_order.py",
    f"{_E}/test_held_rows.py",
)
_DOORS = (
    f"{_P}/test_credentials.py",
    f"{_P}/test_signing_in.py",
    f"{_P}/test_limits.py",
    f"{_P}/test_addresses.py",
    f"{_P}/test_settings_at_work.py",
    f"{_P}/test_hardening.py",
    f"{_P}/test_roles.py",
    f"{_P}/test_keys.py",
    f"{_P}/test_databases.py",
    f"{_P}/test_nothing_crosses.py",
    f"{_A}/test_access.py",
    f"{_A}/test_roles.py",
    f"{_A}/test_switcher.py",
    f"{_A}/test_sensitive.py",
    f"{_A}/test_every_page.py",
    "tests/unit/test_roles.py",
    f"{_E}/test_in_whose_name.py",
    f"{_P}/test_sensitive.py",
    f"{_F}/test_who_acts.py",
)
_PEOPLE = (
    f"{_E}/test_summary.py",
    f"{_P}/test_exact_days_of_people.py",
    f"{_P}/test_people_operations.py",
    f"{_E}/test_enrolled_people.py",
    f"{_E}/test_statements.py",
    f"{_A}/test_pictures.py",
    f"{_A}/test_dashboard.py",
    f"{_A}/test_cobra_offers.py",
    f"{_A}/test_several_groups.py",
    f"{_A}/test_finding_people.py",
    f"{_A}/test_subscriber_page.py",
    f"{_A}/test_query_counts.py",
)
_PROCESSES = (
    f"{_F}/test_processes.py",
    f"{_P}/test_processes.py",
    f"{_A}/test_processes.py",
    f"{_E}/test_process_records.py",
    f"{_E}/test_in_whose_name.py",
    f"{_E}/test_faults_within.py",
    f"{_E}/test_shell.py",
    f"{_E}/test_held_rows.py",
    f"{_E}/test_without_worker.py",
    f"{_A}/test_disenroll_pages.py",
    f"{_E}/test_edited_meanwhile.py",
    f"{_E}/test_many_at_once.py",
)
_OVERLAPS = (f"{_P}/test_overlap*.py", f"{_A}/test_table_races.py", *_WRITING)
_GIVEN_KEYS = (f"{_P}/test_assigned_keys.py", f"{_F}/test_keys_given_at_once.py", *_WRITING)
_OWNERS = (f"{_E}/test_writers_wait.py", f"{_E}/test_writers_at_full_speed.py", *_WRITING)
# The first that a file's path begins with.
TESTS = {
    "enrollment/sql/summary": _PEOPLE,
    "enrollment/sql/enrolled": _PEOPLE,
    "enrollment/sql/people": _PEOPLE,
    "enrollment/sql/pictures": _PEOPLE,
    "enrollment/sql/doubts": _PEOPLE,
    "enrollment/sql/cobra": (f"{_A}/test_cobra_offers.py", *_PEOPLE),
    "enrollment/engine/pictures": _PEOPLE,
    "enrollment/engine/summary": _PEOPLE,
    "enrollment/engine/cobra": (f"{_A}/test_cobra_offers.py", *_PEOPLE),
    "enrollment/": _RULES,
    "tables/write/overlaps": _OVERLAPS,
    "tables/write/sql/overlaps": _OVERLAPS,
    "tables/write/assigning": _GIVEN_KEYS,
    "tables/write/sql/assigning": _GIVEN_KEYS,
    "tables/write/owners": _OWNERS,
    "tables/write/sql/locks": _OWNERS,
    "tables/schema/sensitive": (f"{_P}/test_sensitive.py", f"{_A}/test_sensitive.py", *_WRITING),
    "tables/": _WRITING,
    "access/": _DOORS,
    "processes/": _PROCESSES,
}
# Code that the databases keep (trigger functions): they are made anew for each of its mutants.
BAKED = ("tables/write/overlaps.py", "tables/write/sql/overlaps.py", "access/roles.py")


def group_of(file: str) -> str:
    """Return the key of TESTS for a file."""
    return next(prefix for prefix in TESTS if file.startswith(prefix))


def tests_of(file: str) -> list[str]:
    """Return the test files for a source's mutants, likeliest first."""
    found: dict[str, None] = {}
    for pattern in TESTS[group_of(file)]:
        for path in sorted(ROOT.glob(pattern)):
            if path.name not in SLOW:
                found[str(path.relative_to(ROOT))] = None
    return sorted(found, key=lambda test: test.endswith(LAST))
