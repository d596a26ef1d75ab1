"""How a page's statements are run: by an index, or by reading a table from end to end."""

from contextlib import contextmanager

from django.db import connections


@contextmanager
def seen_statements():
    """Collect the statements that read VBA_Demo inside the block, each with its parameters."""
    statements = []

    def watch(execute, sql, params, many, context):
        if sql.lstrip().startswith(("SELECT", "WITH")):
            statements.append((sql, params))
        return execute(sql, params, many, context)

    with connections["VBA_Demo"].execute_wrapper(watch):
        yield statements


def assert_by_index(statements):
    """Fail if one of the statements has no way but a sequential scan."""
    with connections["VBA_Demo"].cursor() as cursor:
        # Tables of tests are small; so it is told whether there is an index at all.
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, params in statements:
            cursor.execute(f"EXPLAIN {sql}", params)
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan" not in plan, f"{sql}\n{plan}"
        cursor.execute("SET LOCAL enable_seqscan = on")
