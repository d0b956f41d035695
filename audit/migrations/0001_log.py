"""The append-only log, its tree, and the read models. Grants, event triggers and partitions: audit/guards.py."""

from django.db import migrations

LOG = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TABLE audit_entry (
  id uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  header bytea NOT NULL CHECK (octet_length(header) BETWEEN 2 AND 65535),
  leaf_hash bytea NOT NULL,
  CONSTRAINT audit_entry_leaf_is_of_header CHECK (leaf_hash = sha256('\\x00'::bytea || header)),
  PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX audit_entry_window ON audit_entry (xid, id);
CREATE INDEX audit_entry_recorded ON audit_entry USING brin (recorded_at);

CREATE TABLE audit_entry_body (
  id uuid NOT NULL,
  sha256 bytea NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT audit_entry_body_is_digested CHECK (sha256 = sha256(body)),
  PRIMARY KEY (id)
) PARTITION BY RANGE (id);
-- Sealed bytes do not compress; EXTERNAL saves the attempt.
ALTER TABLE audit_entry_body ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE audit_entry_leaf (
  leaf_index bigint PRIMARY KEY CHECK (leaf_index >= 0),
  entry_id uuid NOT NULL UNIQUE,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32)
);

CREATE TABLE audit_tile (
  level smallint NOT NULL CHECK (level >= 0),
  index bigint NOT NULL CHECK (index >= 0),
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  PRIMARY KEY (level, index)
);
ALTER TABLE audit_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE audit_tree_state (
  id smallint PRIMARY KEY CHECK (id = 1),
  size bigint NOT NULL CHECK (size >= 0),
  root bytea NOT NULL,
  low_xid xid8 NOT NULL,
  low_id uuid NOT NULL,
  system_identifier bigint NOT NULL
);
INSERT INTO audit_tree_state
  SELECT 1, 0, sha256(''::bytea), '0', '00000000-0000-0000-0000-000000000000', system_identifier FROM pg_control_system();

CREATE TABLE audit_checkpoint (
  size bigint PRIMARY KEY CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note text NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE audit_claim (
  key bytea NOT NULL CHECK (octet_length(key) = 32),
  entry_id uuid NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  PRIMARY KEY (key)
) PARTITION BY HASH (key);

CREATE TABLE audit_subject (
  id uuid PRIMARY KEY,
  use_case text NOT NULL,
  ref_index bytea UNIQUE,
  wrapped_key bytea,
  kek_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  erased_at timestamptz,
  CONSTRAINT audit_subject_erased_means_emptied CHECK (
    (erased_at IS NULL AND wrapped_key IS NOT NULL) OR (erased_at IS NOT NULL AND wrapped_key IS NULL AND ref_index IS NULL))
);
CREATE INDEX audit_subject_erased ON audit_subject (erased_at) WHERE erased_at IS NOT NULL;
"""

CLAIM_PARTITIONS = "".join(
    f"CREATE TABLE audit_claim_{n} PARTITION OF audit_claim FOR VALUES WITH (MODULUS 8, REMAINDER {n});\n"
    for n in range(8)
)

# ENABLE ALWAYS: session_replication_role = replica would step over an ordinary trigger. TRUNCATE triggers do
# not pass from parent to partition, so each partition gets its own (guards.py repeats this for new ones).
APPEND_ONLY = [
    "audit_entry",
    "audit_entry_body",
    "audit_entry_leaf",
    "audit_tile",
    "audit_checkpoint",
    "audit_claim",
] + [f"audit_claim_{n}" for n in range(8)]
TRIGGERS = "".join(
    (
        f"CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION audit_refuse();\n"
        if not t.startswith("audit_claim_")
        else ""
    )
    + f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();\n"
    f"ALTER TABLE {t} ENABLE ALWAYS TRIGGER audit_no_change;\n"
    f"ALTER TABLE {t} ENABLE ALWAYS TRIGGER audit_no_truncate;\n"
    for t in APPEND_ONLY
)

READ_MODELS = """
CREATE TABLE audit_place (
  name text PRIMARY KEY,
  next_index bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE audit_poison (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  place text NOT NULL,
  leaf_index bigint NOT NULL,
  entry_id uuid NOT NULL,
  error text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (place, leaf_index)
);
CREATE TABLE audit_pending_access (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  actor text NOT NULL,
  purpose text NOT NULL,
  entry_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE audit_decision (
  entry_id uuid PRIMARY KEY,
  leaf_index bigint NOT NULL,
  decision_id text NOT NULL,
  use_case text NOT NULL,
  model_ref text NOT NULL,
  subject_id uuid NOT NULL,
  subject_ref text NOT NULL,
  decided_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  label text NOT NULL,
  score double precision,
  threshold double precision,
  role_of_ai text NOT NULL,
  trace_id text NOT NULL,
  violations text[] NOT NULL
);
-- Lists run newest decided first, so every filter has an index that ends in that order; a search by the
-- caller's id runs in the order of the ids. COLLATE "C" makes a prefix a range, whatever the database's locale.
CREATE INDEX audit_decision_use_case ON audit_decision (use_case, decided_at, entry_id);
CREATE INDEX audit_decision_label ON audit_decision (use_case, label, decided_at, entry_id);
CREATE INDEX audit_decision_model ON audit_decision (use_case, model_ref, decided_at, entry_id);
CREATE INDEX audit_decision_model_label ON audit_decision (use_case, model_ref, label, decided_at, entry_id);
CREATE INDEX audit_decision_subject ON audit_decision (subject_id);
CREATE INDEX audit_decision_decision_id ON audit_decision (use_case, decision_id COLLATE "C", entry_id);
CREATE INDEX audit_decision_trace ON audit_decision (trace_id) WHERE trace_id <> '';
-- How many rows audit_decision holds per day (UTC) and label: counting its index costs 1.2 us a row.
CREATE TABLE audit_daily (
  use_case text NOT NULL,
  day date NOT NULL,
  label text NOT NULL,
  decisions bigint NOT NULL CHECK (decisions >= 0),
  PRIMARY KEY (use_case, day, label)
);
CREATE TABLE audit_outcome (
  entry_id uuid PRIMARY KEY,
  leaf_index bigint NOT NULL,
  decision_entry uuid NOT NULL,
  subject_id uuid NOT NULL,
  outcome_id text NOT NULL,
  use_case text NOT NULL,
  label text NOT NULL,
  value double precision,
  source text NOT NULL,
  observed_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL
);
CREATE INDEX audit_outcome_decision ON audit_outcome (decision_entry, leaf_index);
CREATE INDEX audit_outcome_subject ON audit_outcome (subject_id);
CREATE TABLE audit_mention (
  leaf_index bigint NOT NULL,
  about uuid NOT NULL,
  entry_id uuid NOT NULL,
  kind text NOT NULL,
  actor text NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (leaf_index, about)
);
CREATE INDEX audit_mention_about ON audit_mention (about, leaf_index);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(LOG, migrations.RunSQL.noop),
        migrations.RunSQL(CLAIM_PARTITIONS, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        migrations.RunSQL(READ_MODELS, migrations.RunSQL.noop),
    ]
