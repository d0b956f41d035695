"""Which output was explained, how sure its parts are, and how good the explanation is."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("explain", "0002_recourse_and_replay")]

    operations = [
        migrations.AddField(
            "explanation",
            "explained",
            models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField("explanation", "score", models.FloatField(null=True)),
        migrations.AddField("explanation", "residual_limit", models.FloatField(null=True)),
        migrations.AddField(
            "explanation",
            "errors",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.FloatField(), null=True, size=None
            ),
        ),
        *(
            migrations.AddField("explanation", name, models.FloatField(null=True))
            for name in (
                "standard_error",
                "deletion",
                "deletion_random",
                "insertion",
                "insertion_random",
                "stability",
            )
        ),
        migrations.AddField(
            "explanation",
            "notes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), null=True, size=None
            ),
        ),
    ]
