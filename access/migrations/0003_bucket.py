from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("access", "0002_roles")]

    operations = [
        # Buckets are written by each request and may be lost with a crash: no log is written for them.
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE access_bucket (
                name varchar(110) PRIMARY KEY,
                tokens double precision NOT NULL,
                waits double precision NOT NULL,
                at timestamptz NOT NULL
            ) WITH (fillfactor = 50)
            """,
            "DROP TABLE access_bucket",
        ),
    ]
