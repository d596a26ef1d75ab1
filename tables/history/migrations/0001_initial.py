import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

from tables.history import sql
from tables.history.models import HistoryEntry


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        # Django does not support partitions, so our own SQL creates the table.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(sql.CREATE_TABLE, sql.DROP_TABLE),
                migrations.RunSQL(sql.CREATE_FUNCTION, sql.DROP_FUNCTION),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="HistoryEntry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), verbose_name="When"
                            ),
                        ),
                        ("actor", models.CharField(max_length=150, verbose_name="Who")),
                        (
                            "source",
                            models.CharField(choices=HistoryEntry.SOURCES, max_length=8, verbose_name="From"),
                        ),
                        ("activity", models.CharField(max_length=36, null=True, verbose_name="Activity")),
                        ("table_name", models.CharField(max_length=32, verbose_name="Table")),
                        (
                            "row_key",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.TextField(), size=None, verbose_name="Key"
                            ),
                        ),
                        (
                            "action",
                            models.CharField(choices=HistoryEntry.ACTIONS, max_length=8, verbose_name="What"),
                        ),
                        ("changes", models.JSONField(null=True)),
                    ],
                    options={
                        "verbose_name": "history entry",
                        "verbose_name_plural": "history",
                        "db_table": "historyentry",
                        "ordering": ["-at", "-id"],
                        "default_permissions": ("view",),
                    },
                ),
            ],
        ),
    ]
