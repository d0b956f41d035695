"""The log entry that registered a version stands with it, and stands like every other fact."""

from django.db import migrations, models

KEEP = """
CREATE OR REPLACE FUNCTION governance_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.model_id, NEW.number, NEW.model_ref, NEW.artefact_digest, NEW.facts, NEW.notes, NEW.created_at)
     IS DISTINCT FROM
     (OLD.id, OLD.model_id, OLD.number, OLD.model_ref, OLD.artefact_digest, OLD.facts, OLD.notes, OLD.created_at)
     OR NEW.created_by_id IS DISTINCT FROM OLD.created_by_id
     {entry}
     OR (OLD.state = 'retired' AND (NEW.state, NEW.retired_at) IS DISTINCT FROM (OLD.state, OLD.retired_at)) THEN
    RAISE EXCEPTION 'registered facts stand: a version may only be retired' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_facts_stand")]
    operations = [
        migrations.AddField(
            model_name="version",
            name="entry_id",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(
            KEEP.format(entry="OR NEW.entry_id IS DISTINCT FROM OLD.entry_id"),
            KEEP.format(entry=""),
        ),
    ]
