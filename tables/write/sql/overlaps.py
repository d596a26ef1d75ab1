"""The SQL of spans that must not overlap (``tables.write.overlaps``): for the engine, and as a trigger."""

from collections.abc import Sequence
from dataclasses import dataclass

from tables.schema.columns import by_any_name, key_columns
from tables.schema.models import Table
from tables.write.sql.names import equal, listed, quote

CHECKED = "vba.spans_checked"


@dataclass(frozen=True)
class SpanColumns:
    """The columns of spans: those within which they must not overlap, the first day and the last."""

    within: tuple[str, ...]
    start: str
    end: str


def say_checked(*, checked: bool) -> str:
    """Tell the trigger whether this transaction itself checks what it writes from now on."""
    return f"SELECT set_config('{CHECKED}', '{'on' if checked else 'off'}', true)"


def _as_stored(model: type[Table], spans: SpanColumns, rows: str, *, has_end: bool) -> str:
    """Find the records' spans as they would be stored; ``has_end`` says whether the records bring the last
    day, or rows keep theirs."""
    key, end = listed(key_columns(model), "r."), quote(spans.end)
    if has_end:
        return f"SELECT n, {key}, r.{end} FROM {rows} AS r"
    table = quote(model._meta.db_table)
    return f"SELECT n, {key}, t.{end} FROM {rows} AS r LEFT JOIN {table} AS t ON {equal(model.key, 't', 'r')}"


def find_suspicious(model: type[Table], spans: SpanColumns, rows: str, *, has_end: bool) -> str:
    """Find where live spans may overlap at any time while the records are stored one after the other: the
    columns within which they must not. Each row counts with the latest end that it has meanwhile."""
    table, start, end = quote(model._meta.db_table), quote(spans.start), quote(spans.end)
    key, within, first = listed(key_columns(model)), listed(spans.within), quote(spans.within[0])
    return f"""
        WITH brought AS MATERIALIZED (
            SELECT {key}, {end} FROM ({_as_stored(model, spans, rows, has_end=has_end)}) AS v
        ),
        longest AS (
            SELECT {key}, max(coalesce({end}, 'infinity')) AS last FROM (
                SELECT {key}, {end} FROM brought
                UNION ALL
                SELECT {key}, {end} FROM {table} WHERE {first} IN (SELECT {first} FROM brought)
            ) AS every
            GROUP BY {key}
        )
        SELECT DISTINCT {within} FROM (
            SELECT {within}, {start} <= max(last) OVER (
                PARTITION BY {within} ORDER BY {start} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS meets
            FROM longest WHERE last >= {start}
        ) AS compared
        WHERE meets"""


def as_arrays(places: Sequence[Sequence[object]]) -> dict[str, list[object]]:
    """Return the suspicious places as the parameters of ``versions``."""
    return {f"place_{n}": list(values) for n, values in enumerate(zip(*places, strict=True))}


def versions(model: type[Table], spans: SpanColumns, rows: str, *, has_end: bool) -> str:
    """Find all versions of the spans in the suspicious places: n (stored: -1), start, end, place and key."""
    table, start, end = quote(model._meta.db_table), quote(spans.start), quote(spans.end)
    key, within = listed(key_columns(model)), listed(spans.within)
    known = by_any_name(model)
    places = ", ".join(f"%(place_{n})s::{known[name].db_type}[]" for n, name in enumerate(spans.within))
    return f"""
        SELECT n, {start}, {end}, {within}, {key} FROM (
            SELECT n, {key}, {end} FROM ({_as_stored(model, spans, rows, has_end=has_end)}) AS v
            UNION ALL SELECT -1, {key}, {end} FROM {table}
        ) AS every
        WHERE ({within}) IN (SELECT * FROM unnest({places}))"""


def _refuse_overlap(model: type[Table], owner: type[Table], spans: SpanColumns, came: str) -> str:
    """Hold the owners of the spans that the query ``came`` finds, and look for one that overlaps another.

    Planned anew each time (EXECUTE): a plan made for one row would compare each of many with each.
    """
    table, start, end = quote(model._meta.db_table), quote(spans.start), quote(spans.end)
    mine = quote(str(owner._meta.pk.column))
    return f"""
            EXECUTE $check$
                SELECT 1 FROM {quote(owner._meta.db_table)} WHERE {mine} IN (SELECT {mine} FROM ({came}) AS g)
                ORDER BY {mine} FOR NO KEY UPDATE$check$;
            EXECUTE $check$
                SELECT count(*) > 0 FROM ({came}) AS g JOIN {table} AS o
                ON {equal(spans.within, "o", "g")} AND o.id <> g.id
                WHERE (g.{end} IS NULL OR g.{end} >= g.{start}) AND (o.{end} IS NULL OR o.{end} >= o.{start})
                    AND o.{start} <= coalesce(g.{end}, 'infinity')
                    AND g.{start} <= coalesce(o.{end}, 'infinity')$check$ INTO found_one;"""


def _grown(spans: SpanColumns) -> str:
    """Find the spans that an UPDATE has moved or made longer."""
    start, end = quote(spans.start), quote(spans.end)
    return f"""SELECT n.* FROM added AS n JOIN removed AS o USING (id)
                WHERE ({listed(spans.within, "o.")}, o.{start})
                    IS DISTINCT FROM ({listed(spans.within, "n.")}, n.{start})
                    OR coalesce(n.{end}, 'infinity') > coalesce(o.{end}, 'infinity')"""


def create_function(
    model: type[Table], owner: type[Table], spans: SpanColumns, name: str, message: str
) -> str:
    """Make the trigger's function: it holds the owners of the spans that came or grew, and refuses an
    overlap with any other."""
    text = message.replace("'", "''")
    return f"""
        CREATE OR REPLACE FUNCTION {quote(name)}() RETURNS trigger LANGUAGE plpgsql AS $function$
        DECLARE found_one boolean;
        BEGIN
            IF current_setting('{CHECKED}', true) = 'on' THEN
                RETURN NULL;
            END IF;
            IF TG_OP = 'INSERT' THEN {_refuse_overlap(model, owner, spans, "SELECT * FROM added")}
            ELSE {_refuse_overlap(model, owner, spans, _grown(spans))}
            END IF;
            IF found_one THEN
                RAISE EXCEPTION '{text}' USING ERRCODE = 'exclusion_violation',
                    CONSTRAINT = '{name}', TABLE = TG_TABLE_NAME;
            END IF;
            RETURN NULL;
        END $function$"""


def create_triggers(model: type[Table], name: str) -> str:
    """Make the triggers that call the function of that name after each statement that inserts or updates."""
    table = quote(model._meta.db_table)
    return f"""
        CREATE TRIGGER {quote(name + "_i")} AFTER INSERT ON {table}
            REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {quote(name)}();
        CREATE TRIGGER {quote(name + "_u")} AFTER UPDATE ON {table}
            REFERENCING OLD TABLE AS removed NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION {quote(name)}()"""


def drop_function(name: str) -> str:
    """Take the function away, and the triggers that call it."""
    return f"DROP FUNCTION {quote(name)}() CASCADE"
