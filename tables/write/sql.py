"""The SQL of many rows: each function returns one statement, composed from a model's own metadata.

Values never enter these texts; they are parameters. ``rows`` is where the records stand: the staging
table, or for a few rows a JSON parameter. Each has the column ``n``, the record's place in the input.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from tables.schema.column import Column, Kind
from tables.schema.columns import columns as all_columns
from tables.schema.columns import key_columns, stamps
from tables.schema.models import ParentKey, Rule, Table

STAGING = "vba_staging"
EXISTS = "vba_exists"
PAGE = "vba_page"
GIVEN = "vba_given"
STORED = "vba_stored_"
# When the statement that writes began, not the transaction: that may have waited for others, who came first.
_NOW = "statement_timestamp()"


def quote(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def _names(columns: Sequence[Column] | Sequence[str], prefix: str = "") -> str:
    names = (column if isinstance(column, str) else column.db for column in columns)
    return ", ".join(prefix + quote(name) for name in names)


def _same(columns: Sequence[str], left: str, right: str) -> str:
    return " AND ".join(f"{left}.{quote(name)} = {right}.{quote(name)}" for name in columns)


def wait_for_other_loads(model: type[Table]) -> str:
    """Wait until no other file is being loaded into this table, and keep others waiting until the end of the
    transaction: two loads that change the same rows in different orders would end in a deadlock."""
    return f"SELECT pg_advisory_xact_lock(hashtextextended('load {model._meta.db_table}', 0))"


def _typed(column: Column) -> str:
    """A column of records that are to be written; keys sort byte by byte, as the table's own do."""
    collation = ' COLLATE "C"' if column.is_key and column.kind is Kind.TEXT else ""
    return f"{quote(column.db)} {column.db_type}{collation}"


def create_staging(columns: Sequence[Column], *, ignored: int = 0, sparse: bool = False) -> str:
    """Make the typed staging table of one load, with room for ``ignored`` columns of a file that are
    not to be merged, and for what each of ``sparse`` records has; it goes with the transaction."""
    typed = [f"{GIVEN} text"] if sparse else []
    typed += [_typed(column) for column in columns]
    typed += [f"vba_ignored_{place} text" for place in range(ignored)]
    return f"CREATE TEMP TABLE {STAGING} (n bigint NOT NULL, {', '.join(typed)}) ON COMMIT DROP"


def copy_to_staging(
    columns: "Sequence[Column | None]", *, checking: bool = False, sparse: bool = False, null: str = ""
) -> str:
    """Stream records into the staging table; None stands for an ignored column of a file.

    In text format, where an empty value is null (an empty text is never stored) unless ``null`` says
    what is. With ``checking``, PostgreSQL leaves out the records of which a value is not of its
    column's type or too long.
    """
    ignored = iter(range(len(columns)))
    names = ["n", GIVEN] if sparse else ["n"]
    names += [quote(column.db) if column else f"vba_ignored_{next(ignored)}" for column in columns]
    options = f"NULL '{null}'" + (", ON_ERROR ignore" if checking else "")
    return f"COPY {STAGING} ({', '.join(names)}) FROM STDIN ({options})"


def fill_absent(model: type[Table], columns: Sequence[Column]) -> str:
    """Give staged sparse records what the existing rows have in the columns that they leave out.

    The rows are locked, so that this is still true when they are merged.
    """
    key = _names(key_columns(model))
    values = ", ".join(
        f"{name} = CASE substr(s.{GIVEN}, {place}, 1) WHEN '1' THEN s.{name} ELSE t.{name} END"
        for place, column in enumerate(columns, 1)
        if (name := quote(column.db)) and not column.is_key
    )
    return f"""
        UPDATE {STAGING} AS s SET {values}
        FROM (SELECT * FROM {quote(model._meta.db_table)}
              WHERE ({key}) IN (SELECT {key} FROM {STAGING}) FOR NO KEY UPDATE) AS t
        WHERE {_same(model.key, "t", "s")}"""


def any_is_null(columns: Sequence[Column]) -> str:
    """A condition over staged records: they have no value in one of these columns."""
    return " OR ".join(f"{quote(column.db)} IS NULL" for column in columns)


def staged_numbers() -> str:
    """The numbers of the records that are staged."""
    return f"SELECT n FROM {STAGING}"


def count_staged() -> str:
    """How many records are staged."""
    return f"SELECT count(*) FROM {STAGING}"


def analyze_staging(model: type[Table]) -> str:
    """Let the planner know the staged keys (and only these: all columns would cost more than the load)."""
    return f"ANALYZE {STAGING} ({_names(key_columns(model))})"


def drop_from_staging() -> str:
    """Take the records %(gone)s out of the staging table."""
    return f"DELETE FROM {STAGING} AS s USING unnest(%(gone)s::bigint[]) AS gone (n) WHERE s.n = gone.n"


def drop_staging() -> str:
    """Take the staging table away before the transaction ends."""
    return f"DROP TABLE {STAGING}"


def json_rows(columns: Sequence[Column]) -> str:
    """The rows of a few records that come as one JSON parameter."""
    typed = ", ".join(map(_typed, columns))
    return f"json_to_recordset(%(records)s::json) AS few(n bigint, {typed})"


def has_repeated_keys(model: type[Table], rows: str) -> str:
    """Tell whether any natural key comes more than once."""
    key = _names(key_columns(model))
    return f"SELECT EXISTS (SELECT FROM {rows} GROUP BY {key} HAVING count(*) > 1)"


def rule_condition(rule: Rule, model: type[Table], connection: Any) -> str:
    """Return a rule's condition as SQL over bare column names, exactly as its database constraint has it."""
    # Django has no public name for it; the constraint's own tests would tell if it went away.
    check: Any = rule
    return str(check._get_check_sql(model, connection.schema_editor())).replace("%", "%%")


def parent_is_missing(model: type[Table], parent: ParentKey) -> str:
    """A condition over staged records ``r``: the parent their columns name does not exist."""
    same = " AND ".join(
        f"parent.{quote(theirs)} = r.{quote(ours)}"
        for ours, theirs in zip(parent.columns, parent.parent_columns, strict=True)
    )
    table = quote(parent.parent_model(model)._meta.db_table)
    return f"NOT EXISTS (SELECT FROM {table} AS parent WHERE {same})"


def differs_from_stored(column: Column) -> str:
    """A condition of ``find_refusals``: the record brings another value of a sensitive column than the
    existing row has."""
    name = quote(column.db)
    return f"{EXISTS} AND {name} IS NOT NULL AND {name} IS DISTINCT FROM {quote(STORED + column.db)}"


def find_refusals(model: type[Table], rows: str, columns: Sequence[Column], conditions: Sequence[str]) -> str:
    """Find the records of which any condition is true: n, and these conditions as bits, the first one lowest.

    The conditions see the staged columns, for columns that are not staged those of the existing
    row, and ``vba_exists``; of sensitive columns what the existing row has, as well.
    """
    given = {column.db for column in columns}
    rest = [column for column in all_columns(model) if column.db not in given and not column.is_stamp]
    others = "".join(f", t.{quote(column.db)}" for column in rest)
    stored = [column for column in columns if column.sensitive]
    others += "".join(f", t.{quote(column.db)} AS {quote(STORED + column.db)}" for column in stored)
    key = key_columns(model)
    bits = " | ".join(f"(({condition})::int::bigint << {n})" for n, condition in enumerate(conditions))
    return f"""
        SELECT n, failed FROM (
            SELECT n, {bits} AS failed
            FROM (SELECT s.*{others}, t.{quote(key[0].db)} IS NOT NULL AS {EXISTS}
                  FROM {rows} AS s LEFT JOIN {quote(model._meta.db_table)} AS t
                  ON {_same(model.key, "t", "s")}) AS r
        ) AS checked
        WHERE failed <> 0
        ORDER BY n"""


def key_of(model: type[Table], rows: str) -> str:
    """The key of one staged record."""
    return f"SELECT {_names(key_columns(model))} FROM {rows} AS r WHERE n = %(n)s"


def prepare_merge(model: type[Table]) -> str:
    """Tell whether any staged key exists already, and steer how the staging table will be joined.

    Not by nested loops to a table that is not much larger: its statistics may say that it is empty, and
    the loop would then read again and again the very rows that the merge adds.
    """
    table = quote(model._meta.db_table)
    return f"""
        SELECT EXISTS (SELECT FROM {STAGING} AS s JOIN {table} AS t ON {_same(model.key, "t", "s")}),
            set_config('work_mem', '64MB', true),
            set_config('enable_nestloop', CASE
                WHEN pg_relation_size('{table}') < 20 * pg_relation_size('{STAGING}')
                THEN 'off' ELSE 'on' END, true)"""


def _some(some: bool) -> str:
    """The condition for only the records %(numbers)s among the rows."""
    # Not = ANY: a prepared statement would look through the array for each row.
    return "n IN (SELECT unnest(%(numbers)s::bigint[]))" if some else "true"


def in_key_order(model: type[Table], rows: str) -> str:
    """The numbers of the records, in the order of their keys."""
    return f"SELECT n FROM {rows} AS r ORDER BY {_names(key_columns(model))}, n"


def existing(model: type[Table], rows: str) -> str:
    """Those of the records %(numbers)s whose keys are in the table."""
    table = quote(model._meta.db_table)
    return f"""
        SELECT s.n FROM {rows} AS s JOIN {table} AS t ON {_same(model.key, "t", "s")} WHERE s.{_some(True)}"""


def missing(model: type[Table], rows: str, *, some: bool) -> str:
    """The records whose keys are not in the table, of each key the first."""
    key = _names(key_columns(model))
    return f"""
        SELECT DISTINCT ON ({key}) n FROM {rows} AS s
        WHERE {_some(some)}
            AND NOT EXISTS (SELECT FROM {quote(model._meta.db_table)} AS t WHERE {_same(model.key, "t", "s")})
        ORDER BY {key}, n"""


def lock_changing(
    model: type[Table], rows: str, columns: Sequence[Column], *, some: bool, kept: Sequence[Column] = ()
) -> str | None:
    """Lock the rows that records will change, in the order of their keys; None if they can change nothing."""
    rest = [column.db for column in columns if not column.is_key and column not in kept]
    if not rest:
        return None
    return f"""
        SELECT count(*) FROM (
            SELECT 1 FROM {quote(model._meta.db_table)} AS t JOIN {rows} AS s ON {_same(model.key, "t", "s")}
            WHERE {_some(some)} AND ({_names(rest, "t.")}) IS DISTINCT FROM ({_names(rest, "s.")})
            ORDER BY {_names(key_columns(model), "t.")} FOR NO KEY UPDATE OF t
        ) AS held"""


def insert(model: type[Table], rows: str, columns: Sequence[Column], *, some: bool = False) -> str:
    """Insert records none of whose keys exists, in the order of their keys: all, or those %(numbers)s.

    A third faster than a merge of them.
    """
    names = _names(columns)
    into, values = _stamped(model)
    return f"""
        INSERT INTO {quote(model._meta.db_table)} ({names}{into})
        SELECT {names}{values} FROM {rows} AS s
        WHERE {_some(some)} ORDER BY {_names(key_columns(model))}"""


def _stamped(model: type[Table]) -> tuple[str, str]:
    """The stamps of a new row, as they follow its other columns and values."""
    found = stamps(model)
    values = {column.db: _NOW if column.kind is Kind.MOMENT else "%(user)s" for column in found}
    return "".join(f", {quote(name)}" for name in values), "".join(f", {value}" for value in values.values())


def merge(
    model: type[Table],
    rows: str,
    columns: Sequence[Column],
    *,
    which: str,
    insert: bool,
    update: bool,
    some: bool = False,
    kept: Sequence[Column] = (),
) -> str:
    """Merge the records into the table: insert new keys, update rows that differ, leave equal ones alone.

    ``which`` of records with the same key: ``only`` (there are none), ``first`` or ``last``. All
    records, or with ``some`` those %(numbers)s. Existing rows keep what they have in the columns
    ``kept``, and are left alone where a record brings another value there. Answers n and INSERT or
    UPDATE for each row written.
    """
    key = [column.db for column in key_columns(model)]
    rest = [column.db for column in columns if not column.is_key]
    choice = {
        "only": "*",
        "first": f"DISTINCT ON ({_names(key)}) *",
        "last": f"DISTINCT ON ({_names(key)}) *",
    }
    order = {"only": "", "first": f"ORDER BY {_names(key)}, n", "last": f"ORDER BY {_names(key)}, n DESC"}
    stamps_in, stamp_values = _stamped(model)
    changed = [column.db for column in columns if not column.is_key and column not in kept]
    update_set = ", ".join(f"{quote(name)} = s.{quote(name)}" for name in changed)
    if stamps_in:
        update_set += f", update_date = {_NOW}, update_user = %(user)s"
    same = "".join(
        f" AND (s.{name} IS NULL OR s.{name} IS NOT DISTINCT FROM t.{name})"
        for name in (quote(column.db) for column in columns if column in kept)
    )
    when_matched = f"""
        WHEN MATCHED AND ({_names(changed, "t.")}) IS DISTINCT FROM ({_names(changed, "s.")}){same} THEN
            UPDATE SET {update_set}"""
    when_missing = f"""
        WHEN NOT MATCHED THEN
            INSERT ({_names([*key, *rest])}{stamps_in})
            VALUES ({_names([*key, *rest], "s.")}{stamp_values})"""
    return f"""
        MERGE INTO {quote(model._meta.db_table)} AS t
        USING (SELECT {choice[which]} FROM {rows} AS r
               WHERE {_some(some)} {order[which]}) AS s
        ON {_same(key, "t", "s")}
        {when_matched if update and changed else ""}
        {when_missing if insert else ""}
        RETURNING s.n, merge_action()"""


def counted(merge: str) -> str:
    """The same merge, telling only how many rows were inserted and updated."""
    return f"WITH merged AS ({merge}) SELECT count(*), action FROM merged AS m (n, action) GROUP BY action"


def compare_repeated(
    model: type[Table], rows: str, columns: Sequence[Column], kept: Sequence[Column] = ()
) -> str:
    """For keys that come again: n of each later record, and whether it differs from the one before it in
    other columns than those ``kept``."""
    rest = _names([column for column in columns if not column.is_key and column not in kept])
    return f"""
        SELECT n, differs FROM (
            SELECT n, ROW({rest}) IS DISTINCT FROM lag(ROW({rest})) OVER same_key AS differs,
                   row_number() OVER same_key AS turn
            FROM {rows} AS r WINDOW same_key AS (PARTITION BY {_names(key_columns(model))} ORDER BY n)
        ) AS compared
        WHERE turn > 1"""


def select_as_json(model: type[Table], hidden: Collection[Column] = ()) -> str:
    """One row as the text of the JSON object the API answers, null in the columns ``hidden``.

    The values are joined by concat_ws, which takes a third of the time of row_to_json; in groups,
    for a function of PostgreSQL has at most 100 arguments.
    """
    table = quote(model._meta.db_table)
    pairs = [
        f"""'"{column.api}":null'"""
        if column in hidden
        else f"""'"{column.api}":' || coalesce({json_value(column, f"{table}.")}, 'null')"""
        for column in all_columns(model)
    ]
    groups = [", ".join(pairs[first : first + 50]) for first in range(0, len(pairs), 50)]
    joined = ", ".join(f"concat_ws(',', {group})" for group in groups)
    return f"'{{' || concat_ws(',', {joined}) || '}}'"


def select_page_as_json(
    model: type[Table], keys: str, order: Sequence[str], hidden: Collection[Column] = ()
) -> str:
    """The JSON of the rows whose keys a statement finds, in an order by what it finds (``PAGE``), null in the
    columns ``hidden``.

    Each row is fetched by its key: a join would let the planner read and sort the whole table.
    """
    table = quote(model._meta.db_table)
    return f"""
        SELECT (SELECT {select_as_json(model, hidden)} FROM {table} WHERE {_same(model.key, PAGE, table)})
        FROM ({keys}) AS {PAGE} {f"ORDER BY {', '.join(order)}" if order else ""}"""


def json_value(column: Column, prefix: str = "") -> str:
    """The text of a column's JSON value: days at midnight UTC, exact numbers; null is null."""
    name = prefix + quote(column.db)
    if column.kind is Kind.TEXT:
        return f"to_json({name})::text"
    if column.kind is Kind.DAY:
        return f"""'"' || {name} || 'T00:00:00Z"'"""
    if column.kind is Kind.MOMENT:
        return f"""'"' || {moment(name)} || '"'"""
    return f"{name}::text"


def moment(name: str) -> str:
    """A moment as RFC 3339 in UTC; to_char would take as long as ten columns."""
    return f"replace(({name} AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z'"


@cache
def select_one_as_json(model: type[Table], hidden: tuple[Column, ...] = ()) -> str:
    """The JSON of the row with a natural key, whose values are the parameters; null in columns ``hidden``."""
    table = quote(model._meta.db_table)
    key = " AND ".join(f"{table}.{quote(name)} = %s" for name in model.key)
    return f"SELECT {select_as_json(model, hidden)} FROM {table} WHERE {key}"
