"""What the log refers to never changes its meaning: names and facts of the registry stand, whoever asks.

The rules are triggers and not permissions, so that they hold for the owner of the schema as well.
"""

from django.db import migrations

FACTS = """
CREATE FUNCTION governance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'registered facts stand: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION governance_check_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.model_ref <> (SELECT slug FROM governance_model WHERE id = NEW.model_id) || '@' || NEW.number THEN
    RAISE EXCEPTION 'model_ref is the slug of the model, @, and the number' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- A version may only be retired, once; notes, state and retired_at are all an UPDATE may touch.
CREATE FUNCTION governance_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.model_id, NEW.number, NEW.model_ref, NEW.artefact_digest, NEW.facts, NEW.notes, NEW.created_at)
     IS DISTINCT FROM
     (OLD.id, OLD.model_id, OLD.number, OLD.model_ref, OLD.artefact_digest, OLD.facts, OLD.notes, OLD.created_at)
     OR NEW.created_by_id IS DISTINCT FROM OLD.created_by_id
     OR (OLD.state = 'retired' AND (NEW.state, NEW.retired_at) IS DISTINCT FROM (OLD.state, OLD.retired_at)) THEN
    RAISE EXCEPTION 'registered facts stand: a version may only be retired' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER governance_check_version BEFORE INSERT ON governance_version
  FOR EACH ROW EXECUTE FUNCTION governance_check_version();
CREATE TRIGGER governance_keep_version BEFORE UPDATE ON governance_version
  FOR EACH ROW EXECUTE FUNCTION governance_keep_version();
CREATE TRIGGER governance_keep_model BEFORE UPDATE ON governance_model
  FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.slug <> NEW.slug OR OLD.use_case_id <> NEW.use_case_id)
  EXECUTE FUNCTION governance_refuse_change();
CREATE TRIGGER governance_keep_use_case BEFORE UPDATE ON governance_usecase
  FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.slug <> NEW.slug)
  EXECUTE FUNCTION governance_refuse_change();
""" + "".join(
    f"CREATE TRIGGER governance_no_delete BEFORE DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION governance_refuse_change();\n"
    f"CREATE TRIGGER governance_no_truncate BEFORE TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION governance_refuse_change();\n"
    for table in ("governance_version", "governance_model", "governance_usecase")
)

NO_FACTS = (
    """
DROP TRIGGER governance_check_version ON governance_version;
DROP TRIGGER governance_keep_version ON governance_version;
DROP TRIGGER governance_keep_model ON governance_model;
DROP TRIGGER governance_keep_use_case ON governance_usecase;
"""
    + "".join(
        f"DROP TRIGGER governance_no_delete ON {table};\nDROP TRIGGER governance_no_truncate ON {table};\n"
        for table in ("governance_version", "governance_model", "governance_usecase")
    )
    + """
DROP FUNCTION governance_check_version();
DROP FUNCTION governance_keep_version();
DROP FUNCTION governance_refuse_change();
"""
)

# Where no Redis or Valkey is at hand, lockouts are counted here (Django's DatabaseCache).
CACHE = """
CREATE TABLE governance_cache (
  cache_key varchar(255) NOT NULL PRIMARY KEY,
  value text NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX governance_cache_expires ON governance_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_registry_and_people")]
    operations = [
        migrations.RunSQL(FACTS, NO_FACTS),
        migrations.RunSQL(CACHE, "DROP TABLE governance_cache"),
    ]
