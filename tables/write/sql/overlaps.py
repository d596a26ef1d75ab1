"""The SQL of spans that must not overlap (``tables.write.overlaps``): for the engine, and as a trigger."""

from collections.abc import Sequence
from dataclasses import dataclass

from tables.schema.columns import by_any_name, key_columns
from tables.schema.models import Table
from tables.write.sql.names import equal, listed, quote

CHECKED = "vba.spans_checked"


@dataclass(frozen=True)
class SpanColumns:
    """The columns of spans. Spans with the same values in ``within`` must not overlap."""

    within: tuple[str, ...]
    start: str
    end: str


def say_checked(*, checked: bool) -> str:
    """Tell the trigger whether this transaction checks its own writes from now on."""
    return f"SELECT set_config('{CHECKED}', '{'on' if checked else 'off'}', true)"


def _as_stored(model: type[Table], spans: SpanColumns, rows: str, *, has_end: bool) -> str:
    """Find the records' spans as they would be stored. ``has_end`` says whether the records have the last
    day. Without it, the rows keep their own."""
    key, end = listed(key_columns(model), "r."), quote(spans.end)
    if has_end:
        return f"SELECT n, {key}, r.{end} FROM {rows} AS r"
    table = quote(model._meta.db_table)
    return f"SELECT n, {key}, t.{end} FROM {rows} AS r LEFT JOIN {table} AS t ON {equal(model.key, 't', 'r')}"


def find_suspicious(model: type[Table], spans: SpanColumns, rows: str, *, has_end: bool) -> str:
    """Find the places where live spans may overlap while the records are stored one after the other. A place
    is the values of the columns within which spans must not overlap. Each row counts with the latest end that
    it has during the write."""
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
    """Find all versions of the spans in the suspicious places: n (-1 if stored), start, end, place and
    key."""
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
    """Lock the owners of the spans that the query ``came`` finds, and look for one that overlaps another.

    EXECUTE plans it again each time. A plan made for one row would compare each of many rows with all others.
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
    """Find the spans that an UPDATE moved or extended."""
    start, end = quote(spans.start), quote(spans.end)
    return f"""SELECT n.* FROM added AS n JOIN removed AS o USING (id)
                WHERE ({listed(spans.within, "o.")}, o.{start})
                    IS DISTINCT FROM ({listed(spans.within, "n.")}, n.{start})
                    OR coalesce(n.{end}, 'infinity') > coalesce(o.{end}, 'infinity')"""


def create_function(
    model: type[Table], owner: type[Table], spans: SpanColumns, name: str, message: str
) -> str:
    """Create the trigger's function. It locks the owners of the spans that were added or extended, and
    refuses an overlap."""
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
    """Create the triggers that call the function of that name after each INSERT or UPDATE statement."""
    table = quote(model._meta.db_table)
    return f"""
        CREATE TRIGGER {quote(name + "_i")} AFTER INSERT ON {table}
            REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {quote(name)}();
        CREATE TRIGGER {quote(name + "_u")} AFTER UPDATE ON {table}
            REFERENCING OLD TABLE AS removed NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION {quote(name)}()"""


def drop_function(name: str) -> str:
    """Drop the function, and the triggers that call it."""
    return f"DROP FUNCTION {quote(name)}() CASCADE"
