from typing import Any

from django.db import migrations

from tables.write.overlaps import NoOverlap


def replace(apps: Any, schema_editor: Any) -> None:
    """Give databases that already have the function its current version."""
    model = apps.get_model("enrollment", "subenrollment")
    for rule in model._meta.constraints:
        if isinstance(rule, NoOverlap):
            schema_editor.execute(rule.function_sql(model), params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0006_user_name"),
    ]

    operations = [
        migrations.RunPython(replace, migrations.RunPython.noop),
    ]
