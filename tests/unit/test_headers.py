"""Headers of files: all of a column's names are understood, and everything wrong is told at once."""

import pytest

from groups.models import Group, GroupDivision
from planyears.models import GroupPlanYear
from tables.files.header import read_header
from tables.files.source import FileProblem
from tables.schema.columns import columns


def db_names(header):
    return [column and column.db for column in header.columns]


def problem_with(model, names):
    with pytest.raises(FileProblem) as caught:
        read_header(model, names)
    return str(caught.value)


@pytest.mark.parametrize("spell", [lambda c: c.published, lambda c: c.api, lambda c: c.db])
@pytest.mark.parametrize("model", [Group, GroupDivision, GroupPlanYear])
def test_every_column_is_known_by_all_of_its_names(model, spell):
    header = read_header(model, [spell(column) for column in columns(model)])
    assert [column for column in header.columns if column] == [c for c in columns(model) if not c.is_stamp]


def test_names_are_trimmed_and_known_in_any_case_and_with_blanks():
    header = read_header(Group, [" GROUP_ID ", "\u00a0name", "Federal  ID", "subscriber ID\tPrefix"])
    assert db_names(header) == ["group_id", "name", "federal_id", "subscriber_id_prefix"]


def test_columns_may_stand_in_any_order_and_be_left_out():
    header = read_header(GroupDivision, ["Name", "Division_ID", "Group_ID"])
    assert db_names(header) == ["name", "division_id", "group_id"]
    assert [column.db for column in header.used] == ["name", "division_id", "group_id"]


def test_stamps_keep_their_place_and_are_not_used():
    header = read_header(Group, ["Entry_Date", "Group_ID", "Update_User"])
    assert db_names(header) == [None, "group_id", None]
    assert [column.db for column in header.used] == ["group_id"]


def test_all_unknown_names_are_reported_with_the_nearest_known_one():
    told = problem_with(Group, ["Group_ID", "Nmae", "Shoe Size", "Federl_ID"])
    assert "'Nmae' (did you mean Name?), 'Shoe Size', 'Federl_ID' (did you mean Federal_ID?)" in told
    assert "groups" in told


def test_blank_names_are_reported_by_position_also_at_the_end():
    assert "Columns without a name: 2, 4." in problem_with(Group, ["Group_ID", " ", "Name", None])


def test_a_repeated_column_is_reported_under_whatever_names_it_comes():
    assert "Repeated columns: Name." in problem_with(Group, ["Group_ID", "Name", "NAME"])


def test_missing_key_columns_are_reported():
    told = problem_with(GroupPlanYear, ["Division_ID", "From_Date"])
    assert "Missing key columns: Group_ID, Plan_Year." in told


def test_all_errors_are_reported_at_once():
    told = problem_with(GroupDivision, ["Group_ID", "Name", "name", "", "Foo"])
    for part in ("Column without a name: 4.", "'Foo'", "Repeated columns: Name.", "Division_ID"):
        assert part in told


def test_a_file_without_header_is_reported_without_its_content():
    told = problem_with(Group, ["123-45-6789", "Miller"])
    assert "has no column of groups" in told
    assert "Group_ID" in told
    assert "123-45-6789" not in told


def test_another_separator_is_thought_of():
    assert "separates" in problem_with(Group, ["Group_ID;Name"])


def test_hostile_headers_are_reported_in_few_words():
    told = problem_with(Group, ["Group_ID", "a\nb\x1b[31m" + "x" * 1000, *(f"c{n}" for n in range(5000))])
    assert len(told) < 5000
    assert "and 4901 more" in told
    assert told.isprintable()
