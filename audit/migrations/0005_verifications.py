"""What verifylog found, run by run."""

from django.db import migrations, models

TABLE = """
CREATE TABLE audit_verification (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  command text NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  checked bigint NOT NULL CHECK (checked BETWEEN 0 AND size),
  resumed_at bigint NOT NULL CHECK (resumed_at BETWEEN 0 AND checked),
  intact boolean NOT NULL CHECK (NOT intact OR checked = size),
  findings bigint NOT NULL CHECK (findings >= 0),
  seconds double precision NOT NULL,
  verdict text NOT NULL
);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_lines")]
    operations = [
        migrations.RunSQL(TABLE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Verified",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("command", models.TextField()),
                ("size", models.BigIntegerField()),
                ("checked", models.BigIntegerField()),
                ("resumed_at", models.BigIntegerField()),
                ("intact", models.BooleanField()),
                ("findings", models.BigIntegerField()),
                ("seconds", models.FloatField()),
                ("verdict", models.TextField()),
            ],
            options={"db_table": "audit_verification", "managed": False},
        ),
    ]
