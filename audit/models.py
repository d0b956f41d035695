"""The log's tables. The SQL that makes them is in migrations/0001_log.py; nothing here manages them.

Append-only: Entry, EntryBody, EntryLeaf, Tile, Checkpoint, Claim. The database refuses UPDATE, DELETE and
TRUNCATE on those; the application's role holds INSERT and SELECT only.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Entry(models.Model):
    """One line of the log: its header, whose SHA-256 with the RFC 9162 prefix is the leaf."""

    id = models.UUIDField(primary_key=True)
    recorded_at = models.DateTimeField()
    # xid8 of the writing transaction: the sequencer's window runs over (xid, id).
    xid = models.BigIntegerField()
    header = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_entry"


class EntryBody(models.Model):
    """The stored bytes behind a header: sealed under the subject's key, or plain when nobody is named."""

    id = models.UUIDField(primary_key=True)
    sha256 = models.BinaryField()
    body = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_entry_body"


class EntryLeaf(models.Model):
    """The place of an entry in the tree. Written once by the sequencer; never moves."""

    leaf_index = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField(unique=True)
    leaf_hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_entry_leaf"


class Tile(models.Model):
    """A full tile of 256 hashes (C2SP tlog-tiles); partial tiles are computed from rows."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_tile"


class TreeState(models.Model):
    """One row: how far the tree has grown, and where the sequencer's window begins."""

    id = models.SmallIntegerField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    low_xid = models.BigIntegerField()
    low_id = models.UUIDField()
    system_identifier = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "audit_tree_state"


class Checkpoint(models.Model):
    """A signed tree head as it was published."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_checkpoint"


class Claim(models.Model):
    """A caller's id for an entry, as a keyed index: makes retries safe and finds a decision by its id.

    ``digest`` is keyed too: it compares a repeat with the first body even after erasure.
    """

    key = models.BinaryField(primary_key=True)
    entry_id = models.UUIDField()
    digest = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_claim"


class Subject(models.Model):
    """A person behind entries: pseudonym, and the wrapped data key. Erasing a person empties the row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    use_case = models.TextField()
    ref_index = models.BinaryField(null=True, unique=True)
    wrapped_key = models.BinaryField(null=True)
    kek_id = models.TextField()
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "audit_subject"


class Place(models.Model):
    """How far a follower has read the log: the next leaf index it will handle."""

    name = models.TextField(primary_key=True)
    next_index = models.BigIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_place"


class Poison(models.Model):
    """An entry a follower could not handle: recorded and stepped over, so that it stops nobody."""

    place = models.TextField()
    leaf_index = models.BigIntegerField()
    entry_id = models.UUIDField()
    error = models.TextField()
    at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_poison"


class PendingAccess(models.Model):
    """A read of personal data not yet folded into an ``access`` entry."""

    id = models.BigAutoField(primary_key=True)
    actor = models.TextField()
    purpose = models.TextField()
    entry_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_pending_access"


class Decision(models.Model):
    """Projection of decision entries for lists and search. Purged on erasure, rebuildable from the log."""

    entry_id = models.UUIDField(primary_key=True)
    leaf_index = models.BigIntegerField()
    decision_id = models.TextField()
    use_case = models.TextField()
    model_ref = models.TextField()
    subject_id = models.UUIDField()
    subject_ref = models.TextField()
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    label = models.TextField()
    score = models.FloatField(null=True)
    threshold = models.FloatField(null=True)
    role_of_ai = models.TextField()
    trace_id = models.TextField()
    violations = ArrayField(models.TextField())

    class Meta:
        managed = False
        db_table = "audit_decision"


class Violation(models.Model):
    """Projection of the door's alert lines: a rule that a decision broke when it was recorded.

    Nothing personal, so it survives erasure, as the line itself does.
    """

    pk = models.CompositePrimaryKey("leaf_index", "violation")
    leaf_index = models.BigIntegerField()
    violation = models.TextField()
    entry_id = models.UUIDField()
    decision_entry = models.UUIDField()

    class Meta:
        managed = False
        db_table = "audit_violation"


class Daily(models.Model):
    """How many rows the projection of decisions holds per day (UTC) and label; kept in step with it."""

    pk = models.CompositePrimaryKey("use_case", "day", "label")
    use_case = models.TextField()
    day = models.DateField()
    label = models.TextField()
    decisions = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "audit_daily"


class Outcome(models.Model):
    """Projection of outcome entries: what turned out true of a decision, as each report came."""

    entry_id = models.UUIDField(primary_key=True)
    leaf_index = models.BigIntegerField()
    decision_entry = models.UUIDField()
    subject_id = models.UUIDField()
    outcome_id = models.TextField()
    use_case = models.TextField()
    label = models.TextField()
    value = models.FloatField(null=True)
    source = models.TextField()
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_outcome"


class Mention(models.Model):
    """Which entries are about which decision or subject: the timeline. Nothing personal, so it survives erasure."""

    pk = models.CompositePrimaryKey("leaf_index", "about")
    leaf_index = models.BigIntegerField()
    about = models.UUIDField()
    entry_id = models.UUIDField()
    kind = models.TextField()
    actor = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_mention"


class Line(models.Model):
    """Where the lines of a use case and kind are in the tree, for the log's own list."""

    pk = models.CompositePrimaryKey("use_case", "kind", "leaf_index")
    use_case = models.TextField()
    kind = models.TextField()
    leaf_index = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "audit_line"


class Verified(models.Model):
    """The outcome of one run of verifylog, as the run wrote it. It proves nothing."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    command = models.TextField()
    size = models.BigIntegerField()
    checked = models.BigIntegerField()
    resumed_at = models.BigIntegerField()
    intact = models.BooleanField()
    findings = models.BigIntegerField()
    seconds = models.FloatField()
    verdict = models.TextField()

    class Meta:
        managed = False
        db_table = "audit_verification"
