"""Where in the tree the lines of each use case and kind are. Its follower begins at leaf 0 by itself."""

from django.db import migrations, models

TABLE = """
CREATE TABLE audit_line (
  use_case text NOT NULL,
  kind text NOT NULL,
  leaf_index bigint NOT NULL,
  PRIMARY KEY (use_case, kind, leaf_index)
);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_violations")]
    operations = [
        migrations.RunSQL(TABLE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "use_case",
                        "kind",
                        "leaf_index",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("use_case", models.TextField()),
                ("kind", models.TextField()),
                ("leaf_index", models.BigIntegerField()),
            ],
            options={"db_table": "audit_line", "managed": False},
        ),
    ]
