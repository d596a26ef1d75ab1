"""The SQL of spans that must not overlap (``tables.write.overlaps``); ``rows`` as in ``tables.write.sql``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tables.schema.columns import by_any_name, key_columns
from tables.schema.models import Table
from tables.write.sql import quote

CHECKED = "vba.spans_checked"


@dataclass(frozen=True)
class Spans:
    """The columns of spans: those within which they must not overlap, the first day and the last."""

    within: tuple[str, ...]
    start: str
    end: str


def say_checked(*, checked: bool) -> str:
    """Tell the trigger that this transaction checks by itself what it writes from now on, or no more."""
    return f"SELECT set_config('{CHECKED}', '{'on' if checked else 'off'}', true)"


def _owner_key(owner: Any) -> str:
    return str(owner._meta.pk.column)


def _versions(model: type[Table], spans: Spans, rows: str, *, has_end: bool) -> str:
    """The records among ``rows`` as they would be stored."""
    table, end = quote(model._meta.db_table), quote(spans.end)
    key = [quote(column.db) for column in key_columns(model)]
    names = ", ".join(f"r.{name}" for name in key)
    if has_end:
        return f"SELECT n, {names}, r.{end} FROM {rows} AS r"
    same = " AND ".join(f"t.{name} = r.{name}" for name in key)
    return f"SELECT n, {names}, t.{end} FROM {rows} AS r LEFT JOIN {table} AS t ON {same}"


def find_suspicious(model: type[Table], spans: Spans, rows: str, *, has_end: bool) -> str:
    """Where live spans may overlap at any time while the records are stored one after the other: the columns
    within which they must not. Each row counts with the latest end that it has meanwhile."""
    table, start, end = quote(model._meta.db_table), quote(spans.start), quote(spans.end)
    key = ", ".join(quote(column.db) for column in key_columns(model))
    within = ", ".join(quote(name) for name in spans.within)
    first = quote(spans.within[0])
    return f"""
        WITH brought AS MATERIALIZED (
            SELECT {key}, {end} FROM ({_versions(model, spans, rows, has_end=has_end)}) AS v
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


def as_arrays(places: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """The suspicious places as the parameters of ``versions``."""
    return {f"place_{n}": list(values) for n, values in enumerate(zip(*places, strict=True))}


def versions(model: type[Table], spans: Spans, rows: str, *, has_end: bool) -> str:
    """All versions of the spans in the suspicious places: n (stored: -1), start, end, place and key."""
    table, start, end = quote(model._meta.db_table), quote(spans.start), quote(spans.end)
    known = by_any_name(model)
    within = ", ".join(quote(name) for name in spans.within)
    key = ", ".join(quote(column.db) for column in key_columns(model))
    arrays = ", ".join(f"%(place_{n})s::{known[name].db_type}[]" for n, name in enumerate(spans.within))
    return f"""
        SELECT n, {start}, {end}, {within}, {key} FROM (
            SELECT n, {key}, {end} FROM ({_versions(model, spans, rows, has_end=has_end)}) AS v
            UNION ALL SELECT -1, {key}, {end} FROM {table}
        ) AS every
        WHERE ({within}) IN (SELECT * FROM unnest({arrays}))"""


def create_function(model: type[Table], owner: type[Table], spans: Spans, name: str, message: str) -> str:
    """The trigger's function: it holds the owners of the spans that came or grew, and refuses an overlap with
    any other.

    Planned anew each time (EXECUTE): a plan made for one row would compare each of many with each.
    """
    table, start, end = quote(model._meta.db_table), quote(spans.start), quote(spans.end)
    within = [quote(name) for name in spans.within]
    mine = quote(_owner_key(owner))
    same = " AND ".join(f"o.{name} = g.{name}" for name in within)
    text = message.replace("'", "''")
    grown = f"""SELECT n.* FROM added AS n JOIN removed AS o USING (id)
                WHERE ({", ".join(f"o.{name}" for name in within)}, o.{start})
                    IS DISTINCT FROM ({", ".join(f"n.{name}" for name in within)}, n.{start})
                    OR coalesce(n.{end}, 'infinity') > coalesce(o.{end}, 'infinity')"""

    def check(came: str) -> str:
        return f"""
            EXECUTE $check$
                SELECT 1 FROM {quote(owner._meta.db_table)} WHERE {mine} IN (SELECT {mine} FROM ({came}) AS g)
                ORDER BY {mine} FOR NO KEY UPDATE$check$;
            EXECUTE $check$
                SELECT count(*) > 0 FROM ({came}) AS g JOIN {table} AS o ON {same} AND o.id <> g.id
                WHERE (g.{end} IS NULL OR g.{end} >= g.{start}) AND (o.{end} IS NULL OR o.{end} >= o.{start})
                    AND o.{start} <= coalesce(g.{end}, 'infinity')
                    AND g.{start} <= coalesce(o.{end}, 'infinity')$check$ INTO found_one;"""

    return f"""
        CREATE OR REPLACE FUNCTION {quote(name)}() RETURNS trigger LANGUAGE plpgsql AS $function$
        DECLARE found_one boolean;
        BEGIN
            IF current_setting('{CHECKED}', true) = 'on' THEN
                RETURN NULL;
            END IF;
            IF TG_OP = 'INSERT' THEN {check("SELECT * FROM added")}
            ELSE {check(grown)}
            END IF;
            IF found_one THEN
                RAISE EXCEPTION '{text}' USING ERRCODE = 'exclusion_violation',
                    CONSTRAINT = '{name}', TABLE = TG_TABLE_NAME;
            END IF;
            RETURN NULL;
        END $function$"""


def create_triggers(model: type[Table], name: str) -> str:
    """A trigger for each statement that inserts or updates, which calls the function of that name."""
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
