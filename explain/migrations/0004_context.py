import uuid

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("explain", "0003_outputs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backfill",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("use_case", models.CharField(max_length=64)),
                ("model_ref", models.CharField(blank=True, max_length=130)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("adverse_only", models.BooleanField(default=False)),
                ("state", models.CharField(default="running", max_length=9)),
                ("place", models.TextField(blank=True)),
                ("total", models.BigIntegerField(default=0)),
                ("seen", models.BigIntegerField(default=0)),
                ("asked", models.BigIntegerField(default=0)),
                ("known", models.BigIntegerField(default=0)),
                ("not_adverse", models.BigIntegerField(default=0)),
                ("unprofiled", models.BigIntegerField(default=0)),
                ("actor", models.CharField(max_length=64)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("moved_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("use_case", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("rule", models.CharField(default="all", max_length=12)),
                ("rate", models.FloatField(null=True)),
                ("seed", models.BigIntegerField(default=0)),
                ("most_reasons", models.SmallIntegerField(default=4)),
                ("actor", models.CharField(blank=True, max_length=64)),
                ("entry_id", models.UUIDField(null=True)),
                ("set_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="Similar",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "entry_id",
                        "space",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("entry_id", models.UUIDField()),
                ("space", models.CharField(max_length=11)),
                ("subject_id", models.UUIDField(null=True)),
                (
                    "neighbours",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                (
                    "distances",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(), size=None
                    ),
                ),
                ("among", models.IntegerField()),
                ("made_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="Summary",
            fields=[
                ("model_ref", models.CharField(max_length=130, primary_key=True, serialize=False)),
                ("use_case", models.CharField(max_length=64)),
                ("newest", models.UUIDField(null=True)),
                ("body", models.JSONField()),
                ("made_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.AddField(
            model_name="explanation",
            name="asked",
            field=models.CharField(blank=True, db_default="", max_length=8),
        ),
        migrations.AddField(
            model_name="explanation",
            name="policy",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.AlterField(
            model_name="explanation",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("ready", "Ready"),
                    ("refused", "Refused"),
                    ("failed", "Failed"),
                    ("left_out", "Left out by policy"),
                ],
                default="pending",
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="explanation",
            index=models.Index(
                condition=models.Q(("state", "ready")),
                fields=["model_ref", "-entry_id"],
                name="explain_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="backfill",
            index=models.Index(
                condition=models.Q(("state", "running")),
                fields=["started_at"],
                name="explain_backfilling",
            ),
        ),
        migrations.AddIndex(
            model_name="similar",
            index=models.Index(fields=["subject_id"], name="explain_similar_subject"),
        ),
    ]
