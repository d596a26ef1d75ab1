"""The SQL of spans that must not overlap (``tables.overlaps``); ``rows`` as in ``tables.sql``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tables.columns import by_any_name, key_columns
from tables.models import Table
from tables.sql import quote

if TYPE_CHECKING:
    from tables.overlaps import NoOverlap

CHECKED = "vba.spans_checked"


def say_checked(*, checked: bool) -> str:
    """Tell the trigger that this transaction checks by itself what it writes from now on, or no more."""
    return f"SELECT set_config('{CHECKED}', '{'on' if checked else 'off'}', true)"


def _owner_key(owner: Any) -> str:
    return str(owner._meta.pk.column)


def _versions(model: type[Table], rule: "NoOverlap", rows: str, *, has_end: bool) -> str:
    """The records among ``rows`` as they would be stored."""
    table, end = quote(model._meta.db_table), quote(rule.end)
    key = [quote(column.db) for column in key_columns(model)]
    names = ", ".join(f"r.{name}" for name in key)
    if has_end:
        return f"SELECT n, {names}, r.{end} FROM {rows} AS r"
    same = " AND ".join(f"t.{name} = r.{name}" for name in key)
    return f"SELECT n, {names}, t.{end} FROM {rows} AS r LEFT JOIN {table} AS t ON {same}"


def find_suspicious(model: type[Table], rule: "NoOverlap", rows: str, *, has_end: bool) -> str:
    """Where live spans may overlap at any time while the records are stored one after the other: the columns
    within which they must not. Each row counts with the latest end that it has meanwhile."""
    table, start, end = quote(model._meta.db_table), quote(rule.start), quote(rule.end)
    key = ", ".join(quote(column.db) for column in key_columns(model))
    within = ", ".join(quote(name) for name in rule.within)
    first = quote(rule.within[0])
    return f"""
        WITH brought AS MATERIALIZED (
            SELECT {key}, {end} FROM ({_versions(model, rule, rows, has_end=has_end)}) AS v
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


def versions(model: type[Table], rule: "NoOverlap", rows: str, *, has_end: bool) -> str:
    """All versions of the spans in the suspicious places: n (stored: -1), start, end, place and key."""
    table, start, end = quote(model._meta.db_table), quote(rule.start), quote(rule.end)
    known = by_any_name(model)
    within = ", ".join(quote(name) for name in rule.within)
    key = ", ".join(quote(column.db) for column in key_columns(model))
    arrays = ", ".join(f"%(place_{n})s::{known[name].db_type}[]" for n, name in enumerate(rule.within))
    return f"""
        SELECT n, {start}, {end}, {within}, {key} FROM (
            SELECT n, {key}, {end} FROM ({_versions(model, rule, rows, has_end=has_end)}) AS v
            UNION ALL SELECT -1, {key}, {end} FROM {table}
        ) AS every
        WHERE ({within}) IN (SELECT * FROM unnest({arrays}))"""


def create_function(model: type[Table], owner: type[Table], rule: "NoOverlap") -> str:
    """The trigger's function: it holds the owners of the spans that came or grew, and refuses an overlap with
    any other.

    Planned anew each time (EXECUTE): a plan made for one row would compare each of many with each.
    """
    table, start, end = quote(model._meta.db_table), quote(rule.start), quote(rule.end)
    within = [quote(name) for name in rule.within]
    mine = quote(_owner_key(owner))
    same = " AND ".join(f"o.{name} = g.{name}" for name in within)
    message = rule.message.replace("'", "''")
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
        CREATE OR REPLACE FUNCTION {quote(rule.name)}() RETURNS trigger LANGUAGE plpgsql AS $function$
        DECLARE found_one boolean;
        BEGIN
            IF current_setting('{CHECKED}', true) = 'on' THEN
                RETURN NULL;
            END IF;
            IF TG_OP = 'INSERT' THEN {check("SELECT * FROM added")}
            ELSE {check(grown)}
            END IF;
            IF found_one THEN
                RAISE EXCEPTION '{message}' USING ERRCODE = 'exclusion_violation',
                    CONSTRAINT = '{rule.name}', TABLE = TG_TABLE_NAME;
            END IF;
            RETURN NULL;
        END $function$"""


def create_trigger(model: type[Table], owner: type[Table], rule: "NoOverlap") -> str:
    """A trigger for each statement that inserts or updates, with its function."""
    name, table = quote(rule.name), quote(model._meta.db_table)
    return f"""
        {create_function(model, owner, rule)};
        CREATE TRIGGER {quote(rule.name + "_i")} AFTER INSERT ON {table}
            REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {name}();
        CREATE TRIGGER {quote(rule.name + "_u")} AFTER UPDATE ON {table}
            REFERENCING OLD TABLE AS removed NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION {name}()"""


def drop_trigger(model: type[Table], rule: "NoOverlap") -> str:
    """Take the trigger away; its function goes with what hangs on it."""
    return f"DROP FUNCTION {quote(rule.name)}() CASCADE"
