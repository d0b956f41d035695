"""The door's marks as a read model. Of a log that has some: run rebuildprojections once after migrate."""

from django.db import migrations, models

TABLE = """
CREATE TABLE audit_violation (
  leaf_index bigint NOT NULL,
  violation text NOT NULL,
  entry_id uuid NOT NULL,
  decision_entry uuid NOT NULL,
  PRIMARY KEY (leaf_index, violation)
);
CREATE INDEX audit_violation_decision ON audit_violation (decision_entry, violation);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_models")]
    operations = [
        migrations.RunSQL(TABLE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Violation",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "leaf_index",
                        "violation",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("leaf_index", models.BigIntegerField()),
                ("violation", models.TextField()),
                ("entry_id", models.UUIDField()),
                ("decision_entry", models.UUIDField()),
            ],
            options={"db_table": "audit_violation", "managed": False},
        ),
    ]
