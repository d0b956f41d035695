"""What the application's role may do to each table: the first wall around the log.

The service connects as a role that owns nothing. It may add to the log and read it; it may change
the sequencer's one row, and of a subject what erasing changes; everything else it may change.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from audit.weaknesses import APPEND_ONLY, PARTITION

_ADD: Final = "SELECT, INSERT"
_CHANGE: Final = "SELECT, INSERT, UPDATE, DELETE"
_RIGHTS: Final = {
    **dict.fromkeys(APPEND_ONLY, (_ADD,)),
    "audit_tree_state": ("SELECT, UPDATE",),
    "audit_verification": (_ADD,),
    # Destroying the key is an update; nothing else of a subject may change, and no row may go.
    "audit_subject": (_ADD, "UPDATE (wrapped_key, ref_index, erased_at)"),
    "django_migrations": ("SELECT",),
}
# Partitions get nothing: what is right passes through the parent, so nobody names them directly.
_TABLES: Final = """
SELECT c.relname, c.relkind = 'S' FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  AND c.relowner = (SELECT relowner FROM pg_class WHERE oid = 'audit_entry'::regclass)
  AND NOT (c.relispartition AND c.relname ~ %s)
  AND NOT EXISTS (  -- an identity column's sequence needs no grant
    SELECT FROM pg_depend d WHERE d.objid = c.oid AND c.relkind = 'S' AND d.deptype = 'i')
ORDER BY c.relname
"""
_ROLE: Final = """
SELECT r.rolsuper OR r.rolcreaterole AND current_setting('server_version_num')::int < 160000,
       pg_has_role(r.oid, t.relowner, 'MEMBER'), r.oid = t.relowner
FROM pg_roles r, pg_class t WHERE r.rolname = %s AND t.oid = 'audit_entry'::regclass
"""
_ADVICE: Final = (
    "Give the service a role of its own and name it in RATIONALE_APP_ROLE (docs/operations.md)."
)


def apply(role: str) -> list[str]:
    """Give ``role`` exactly its rights on this schema's tables, as their owner, in one transaction.

    Makes the role, without login, when it is missing and we may. Returns warnings, each a sentence
    for the operator; none when the role now holds its rights and no way around them. Readers and
    writers of the moment notice nothing: they see the old rights or the new ones.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ROLE, [role])
        found = cursor.fetchone()
        if found is None:
            return _make(role)
        mighty, member, same = found
        if same:
            return [f"The role {role} owns the log's tables and is the service too. {_ADVICE}"]
        _give(role)
    if mighty or member:
        return [f"The role {role} can become the owner of the log's tables. {_ADVICE}"]
    return []


def _make(role: str) -> list[str]:
    quoted = connection.ops.quote_name(role)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        if cursor.fetchone() != (True,):
            return [
                f"The role {role} does not exist and this connection may not make it. As an "
                f"administrator: CREATE ROLE {quoted} LOGIN PASSWORD '…'; then run migrate again."
            ]
        cursor.execute(f"CREATE ROLE {quoted} NOLOGIN")
    _give(role)
    return [
        f"The role {role} was missing and was made without login. "
        f"To let the service use it: ALTER ROLE {quoted} LOGIN PASSWORD '…'."
    ]


def _give(role: str) -> None:
    quote = connection.ops.quote_name
    grantee = quote(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {grantee}")
        cursor.execute(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {grantee}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {grantee}")
        cursor.execute(_TABLES, [PARTITION])
        for name, is_sequence in cursor.fetchall():
            rights = ("USAGE, SELECT",) if is_sequence else _RIGHTS.get(name, (_CHANGE,))
            for right in rights:
                kind = "SEQUENCE" if is_sequence else "TABLE"
                cursor.execute(f"GRANT {right} ON {kind} {quote(name)} TO {grantee}")
        cursor.execute(
            f"GRANT EXECUTE ON FUNCTION audit_make_partitions(integer, integer) TO {grantee}"
        )
