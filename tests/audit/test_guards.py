"""Every way around the guards that is known to us, tried as each role that could try it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from audit import guards, tripwires
from audit.management.commands.migrate import Command as Migrate
from audit.weaknesses import APPEND_ONLY, REFUSAL, weaknesses
from tests.audit.ledger import decide_some, report, rows, settle
from tests.conftest import clone_of, speaking_to
from tests.staging import prepared

MONTH = f"audit_entry_{datetime.now(UTC):%Y_%m}"
CHANGES = [
    statement
    for table in (*APPEND_ONLY, MONTH, MONTH.replace("entry_", "entry_body_"), "audit_claim_3")
    for statement in (
        f"UPDATE {table} SET {{column}}",  # noqa: S608
        f"DELETE FROM {table}",  # noqa: S608
        f"TRUNCATE {table}",
    )
]
COLUMNS = {
    "audit_entry": "header = header",
    "audit_entry_body": "body = body",
    "audit_entry_leaf": "leaf_hash = leaf_hash",
    "audit_tile": "root = root",
    "audit_checkpoint": "note = note",
    "audit_claim": "digest = digest",
}
WEAKENINGS = [
    f"DROP TABLE {MONTH}",
    "DROP TABLE audit_entry CASCADE",
    "DROP TABLE audit_tile",
    "DROP FUNCTION audit_refuse CASCADE",
    "DROP TRIGGER audit_no_change ON audit_entry",
    f"DROP TRIGGER audit_no_truncate ON {MONTH}",
    "DROP OWNED BY rationale_owner",
    "ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change",
    "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    f"ALTER TABLE {MONTH} DISABLE TRIGGER audit_no_truncate",
    f"ALTER TABLE {MONTH} ENABLE TRIGGER audit_no_change",
    f"ALTER TABLE audit_entry DETACH PARTITION {MONTH}",
    f"ALTER TABLE {MONTH} RENAME TO elsewhere",
    "ALTER TABLE audit_entry RENAME TO elsewhere",
    "ALTER TABLE audit_checkpoint RENAME TO audit_entry_2020_01",
    "ALTER TABLE audit_tile SET UNLOGGED",
    "ALTER TABLE audit_entry_leaf ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_leaf_is_of_header",
    "ALTER TABLE audit_entry DROP COLUMN recorded_at",
    "ALTER TABLE audit_entry ALTER COLUMN xid DROP DEFAULT",
    "ALTER TABLE audit_entry ALTER COLUMN header TYPE bytea USING '\\x7b7d'::bytea",
    "ALTER TABLE audit_checkpoint ALTER COLUMN note TYPE varchar USING 'forged'",
    "CREATE TABLE audit_entry_rest PARTITION OF audit_entry DEFAULT",
    "CREATE RULE quiet AS ON INSERT TO audit_entry_leaf DO INSTEAD NOTHING",
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RETURN NEW; END'",
    "CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_tile "
    "FOR EACH ROW WHEN (OLD.level > 99) EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER swallow BEFORE INSERT ON audit_entry FOR EACH ROW "
    "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "ALTER TRIGGER audit_no_change ON audit_claim RENAME TO asleep",
    "ALTER FUNCTION audit_refuse() RENAME TO asleep",
    "ALTER FUNCTION audit_refuse() SET search_path = pg_temp",
    "CREATE SCHEMA rationale_app CREATE TABLE audit_entry (id uuid)",
    "ALTER SCHEMA public RENAME TO elsewhere",
]

GIVEN_AWAY = """
DO $$ DECLARE name regclass; BEGIN
    FOR name IN SELECT oid FROM pg_class WHERE relowner = 'rationale_owner'::regrole AND relkind IN ('r', 'p')
    LOOP EXECUTE format('ALTER TABLE %s OWNER TO postgres', name); END LOOP;
END $$
"""


def attempt(url: str, *statements: str) -> str:
    """The SQLSTATE that refuses the last of these statements; empty when it is let through."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("SET lock_timeout = '10s'")
        for statement in statements[:-1]:
            session.execute(statement)
        try:
            session.execute(statements[-1])
        except psycopg.Error as error:
            return error.sqlstate or "?"
    return ""


def filled(statement: str) -> str:
    table = next((name for name in sorted(COLUMNS, key=len, reverse=True) if name in statement), "")
    return statement.format(column=COLUMNS.get(table, ""))


def write() -> None:
    report(decide_some(300)[0])
    settle()


@pytest.fixture(scope="module")
def written(cluster, template, django_db_blocker) -> Iterator[str]:
    with prepared(cluster, template, django_db_blocker, write) as (name, _):
        yield name


@pytest.fixture
def urls(written, cluster, django_db_blocker) -> Iterator[dict[str, str]]:
    """A log of the test's own with something in every table, and how each role connects to it."""
    with clone_of(written, cluster, django_db_blocker) as url:
        yield from roles_of(url, cluster)


def roles_of(url: str, cluster) -> Iterator[dict[str, str]]:
    name = connection.settings_dict["NAME"]
    owner = cluster.dsn(name, "rationale_migrator")
    superuser = cluster.superuser_dsn(name)
    with psycopg.connect(superuser, autocommit=True) as session:
        session.execute(
            "INSERT INTO audit_checkpoint (size, root, note) VALUES (300, sha256(''), 'a note')"
        )
    before = content()
    yield {
        "app": url,
        "owner": owner + ("&" if "?" in owner else "?") + "options=-c%20role%3Drationale_owner",
        "migrator": owner,
        "superuser": superuser,
    }
    assert content() == before


def content() -> list[int]:
    return [rows(f"SELECT count(*) FROM {table}")[0][0] for table in APPEND_ONLY]  # noqa: S608


REFUSED, FORBIDDEN, CANNOT = "23001", "42501", "0A000"


def test_the_application_may_only_add_and_read(urls):
    answers = {statement: attempt(urls["app"], filled(statement)) for statement in CHANGES}
    assert answers == dict.fromkeys(CHANGES, FORBIDDEN)
    for statement in (*WEAKENINGS, "SET session_replication_role = replica"):
        assert attempt(urls["app"], statement) in {FORBIDDEN, "42939", "3F000"}, statement


def test_the_application_may_not_go_around_the_parent(urls):
    assert attempt(urls["app"], f"SELECT FROM {MONTH}") == FORBIDDEN
    assert attempt(urls["app"], "DELETE FROM audit_tree_state") == FORBIDDEN
    assert (
        attempt(urls["app"], "INSERT INTO audit_tree_state SELECT * FROM audit_tree_state")
        == FORBIDDEN
    )
    assert attempt(urls["app"], "DELETE FROM audit_subject") == FORBIDDEN
    assert attempt(urls["app"], "UPDATE audit_subject SET created_at = now()") == FORBIDDEN
    assert attempt(urls["app"], "UPDATE audit_subject SET kek_id = 'x'") == FORBIDDEN
    assert attempt(urls["app"], "DELETE FROM django_migrations") == FORBIDDEN
    assert attempt(urls["app"], "CREATE TABLE mine (id int)") == FORBIDDEN
    assert attempt(urls["app"], "CREATE TEMP TABLE audit_entry (id int)") == FORBIDDEN


@pytest.mark.parametrize("role", ["owner", "superuser"])
@pytest.mark.parametrize("mode", ["origin", "replica"])
def test_triggers_refuse_change_to_the_owner_and_the_superuser(urls, role, mode):
    if role == "owner" and mode == "replica":
        assert attempt(urls["owner"], "SET session_replication_role = replica") == FORBIDDEN
        return
    first = [f"SET session_replication_role = {mode}"] if role == "superuser" else []
    answers = {s: attempt(urls[role], *first, filled(s)) for s in CHANGES}
    assert answers == dict.fromkeys(CHANGES, REFUSED)


@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_event_triggers_refuse_to_weaken_the_log(urls, role):
    answers = {statement: attempt(urls[role], statement) for statement in WEAKENINGS}
    assert {s: a for s, a in answers.items() if a != REFUSED} == {
        # Not even asked: PostgreSQL itself says no.
        statement: answer
        for statement, answer in answers.items()
        if (statement, answer) in NOT_ASKED[role]
    }
    assert [guard.name for guard in guards.state() if not guard.held] == TEST_SERVER


# A test server runs without fsync and full_page_writes; nothing else may be missing.
TEST_SERVER = ["fsync", "full_page_writes"]
NOT_ASKED = {
    "owner": {("ALTER SCHEMA public RENAME TO elsewhere", FORBIDDEN)},
    "superuser": set(),
}


def test_replica_mode_does_not_step_over_event_triggers(urls):
    first = "SET session_replication_role = replica"
    assert attempt(urls["superuser"], first, f"DROP TABLE {MONTH}") == REFUSED
    assert (
        attempt(urls["superuser"], first, "ALTER TABLE audit_tile DISABLE TRIGGER ALL") == REFUSED
    )


@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_detaching_concurrently_is_refused_before_it_commits_half(urls, role):
    statement = f"ALTER TABLE audit_entry DETACH /* so */ PARTITION {MONTH} ConCurrently"
    assert attempt(urls[role], statement) == REFUSED
    assert rows("SELECT count(*) FROM pg_inherits WHERE inhdetachpending") == [(0,)]


def test_giving_the_log_away_is_refused(urls):
    for table in ("audit_entry", MONTH, "audit_tree_state", "audit_subject"):
        statement = f"ALTER TABLE {table} OWNER TO rationale_app"
        assert attempt(urls["superuser"], statement) == REFUSED, table
        assert attempt(urls["owner"], statement) in {REFUSED, FORBIDDEN}, table


def test_a_superuser_still_gets_through_but_not_unseen(urls):
    superuser = urls["superuser"]
    assert attempt(superuser, "DROP EVENT TRIGGER audit_guard_end") == ""
    assert attempt(superuser, "ALTER TABLE audit_tile DISABLE TRIGGER ALL") == ""
    lost = ["append_only", "event_triggers", *TEST_SERVER]
    assert [guard.name for guard in guards.state() if not guard.held] == lost
    assert attempt(superuser, "ALTER TABLE audit_tile ENABLE ALWAYS TRIGGER audit_no_change") == ""
    assert (
        attempt(superuser, "ALTER TABLE audit_tile ENABLE ALWAYS TRIGGER audit_no_truncate") == ""
    )
    call_command("guardlog", superuser_url=superuser, stdout=StringIO())
    # All tables together to another owner, who is still not the application. (Not by REASSIGN OWNED:
    # it reaches beyond this database, into those of the tests running beside.)
    call_command("guardlog", superuser_url=superuser, lift=True, stdout=StringIO())
    assert attempt(superuser, GIVEN_AWAY) == ""
    call_command("guardlog", superuser_url=superuser, stdout=StringIO())
    assert [guard.name for guard in guards.state() if not guard.held] == TEST_SERVER


def test_what_migrations_do_passes(urls):
    for statement in (
        "CREATE TABLE explain_thing (id bigint PRIMARY KEY)",
        "ALTER TABLE explain_thing ADD COLUMN name text",
        "DROP TABLE explain_thing",
        "ALTER TABLE audit_entry ADD COLUMN later text",
        "CREATE INDEX later ON audit_entry (later)",
        "DROP INDEX later",
        "CREATE INDEX CONCURRENTLY later ON audit_tile (root)",
        "SELECT audit_make_partitions(1, 6)",
    ):
        assert attempt(urls["owner"], statement) == "", statement
    assert [guard.name for guard in guards.state() if not guard.held] == TEST_SERVER


def test_a_planned_change_passes_after_lifting_and_the_pages_say_so(urls):
    call_command("guardlog", superuser_url=urls["superuser"], lift=True, stdout=StringIO())
    assert [guard.name for guard in guards.state() if not guard.held] == [
        "event_triggers",
        *TEST_SERVER,
    ]
    assert attempt(urls["owner"], "ALTER TABLE audit_tile DISABLE TRIGGER audit_no_change") == ""
    assert {guard.name: guard.detail for guard in guards.state()}["append_only"] == (
        "The log could be changed: audit_tile has no working trigger audit_no_change."
    )
    assert (
        attempt(urls["owner"], "ALTER TABLE audit_tile ENABLE ALWAYS TRIGGER audit_no_change") == ""
    )
    call_command("guardlog", superuser_url=urls["superuser"], stdout=StringIO())
    assert [guard.name for guard in guards.state() if not guard.held] == TEST_SERVER


def test_guardlog_says_each_guard_and_fails_when_asked_to_check(urls):
    said = StringIO()
    with pytest.raises(CommandError, match="Not every guard holds"):
        call_command("guardlog", check=True, stdout=said)
    assert [line[:8] + line[8:].split(":")[0] for line in said.getvalue().splitlines()] == [
        "held     roles",
        "held     append_only",
        "held     event_triggers",
        "NOT held fsync",
        "NOT held full_page_writes",
        "held     synchronous_commit",
        "held     data_checksums",
        "held     partitions",
    ]


@pytest.mark.parametrize("url", ["", "postgresql://rationale_app@/nowhere?host=/nonexistent"])
def test_guardlog_without_a_superuser_says_what_is_missing(db, url):
    with pytest.raises(CommandError, match=r"need a superuser|were not changed"):
        call_command("guardlog", superuser_url=url, stdout=StringIO())


def test_guardlog_refuses_a_database_without_a_log(cluster):
    with pytest.raises(CommandError, match="holds no log"):
        call_command(
            "guardlog", superuser_url=cluster.superuser_dsn("template1"), stdout=StringIO()
        )


def test_an_ordinary_role_cannot_put_up_event_triggers(urls):
    with pytest.raises(CommandError, match="must be owner of event trigger"):
        call_command("guardlog", superuser_url=urls["owner"], stdout=StringIO())


@contextmanager
def as_owner(urls: dict[str, str]) -> Iterator[None]:
    with speaking_to(urls["migrator"], role="rationale_owner"):
        yield


def test_migrate_repeats_to_the_same_rights(urls):
    before = rights()
    with psycopg.connect(urls["superuser"], autocommit=True) as session:
        session.execute("GRANT UPDATE, DELETE ON audit_entry TO rationale_app")
        session.execute("GRANT SELECT ON audit_subject TO PUBLIC")
    (roles,) = [guard for guard in guards.state() if guard.name == "roles"]
    assert roles.detail == (
        "The role rationale_app is not shut out: it may delete audit_entry; it may update audit_entry."
    )
    with as_owner(urls):
        assert guards.secure() == []
        assert guards.secure() == []
    assert rights() == before


@pytest.mark.parametrize(
    ("role", "warning"),
    [
        (
            "rationale_absent",
            "The role rationale_absent does not exist and this connection may not make it.",
        ),
        (
            "rationale_owner",
            "The role rationale_owner owns the log's tables and is the service too.",
        ),
        (
            "rationale_migrator",
            "The role rationale_migrator can become the owner of the log's tables.",
        ),
    ],
)
def test_migrate_warns_of_roles_that_are_not_apart(urls, settings, role, warning):
    settings.AUDIT_APP_ROLE = role
    said = StringIO()
    with as_owner(urls):
        call_command("migrate", verbosity=0, stderr=said, no_color=True)
    assert said.getvalue().startswith(warning)


def test_a_missing_role_is_made_where_that_is_allowed(urls, settings):
    role = settings.AUDIT_APP_ROLE = f"rationale_made_{os.getpid()}"
    with psycopg.connect(urls["superuser"], autocommit=True) as session:
        try:
            with speaking_to(urls["superuser"]):
                (warning,) = guards.secure()
            assert warning.startswith(f"The role {role} was missing and was made without login.")
            made = session.execute(
                "SELECT rolcanlogin, rolsuper, has_table_privilege(oid, 'audit_entry', 'INSERT'), "
                "has_table_privilege(oid, 'audit_entry', 'UPDATE') FROM pg_roles WHERE rolname = %s",
                [role],
            ).fetchall()
            assert made == [(False, False, True, False)]
        finally:
            session.execute(f"DROP OWNED BY {role}")
            session.execute(f"DROP ROLE {role}")


def test_planning_a_migration_changes_nothing(urls):
    with psycopg.connect(urls["superuser"], autocommit=True) as session:
        session.execute("REVOKE INSERT ON audit_entry FROM rationale_app")
    before = rights()
    with as_owner(urls):
        call_command("migrate", plan=True, verbosity=0, stdout=StringIO())
    assert rights() == before


def rights() -> list[tuple[str, str]]:
    return rows(
        "SELECT relname, relacl::text FROM pg_class WHERE relname LIKE 'audit%%' ORDER BY 1"
    )


def test_rights_are_exactly_these(db):
    found = dict(
        rows(
            "SELECT c.relname, string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type) "
            "FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee "
            "WHERE r.rolname = 'rationale_app' AND c.relkind IN ('r', 'p') GROUP BY 1"
        )
    )
    add, change = "INSERT SELECT", "DELETE INSERT SELECT UPDATE"
    models = (
        *("place", "poison", "pending_access"),
        *("decision", "violation", "outcome", "mention", "daily", "line"),
    )
    assert {
        name: has for name, has in found.items() if name.startswith(("audit_", "django_migr"))
    } == {
        **dict.fromkeys(APPEND_ONLY, add),
        "audit_tree_state": "SELECT UPDATE",
        "audit_subject": add,
        "audit_verification": add,
        "django_migrations": "SELECT",
        **{f"audit_{name}": change for name in models},
    }
    columns = rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audit_subject'::regclass "
        "AND attacl IS NOT NULL ORDER BY 1"
    )
    assert columns == [("erased_at",), ("ref_index",), ("wrapped_key",)]


def test_the_refusing_function_is_the_migrations(db):
    assert rows("SELECT prosrc FROM pg_proc WHERE proname = 'audit_refuse'") == [(REFUSAL,)]


def test_no_weakness_in_a_fresh_log(db):
    assert rows(weaknesses("'public'")) == []


def test_the_wires_are_those_of_this_version(db):
    installed = rows(
        "SELECT evtname, encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') FROM pg_event_trigger "
        "JOIN pg_proc p ON p.oid = evtfoid WHERE evtenabled = 'A'"
    )
    assert dict(installed) == tripwires.expected("public")


def test_another_role_is_told_apart(db, settings):
    settings.AUDIT_APP_ROLE = "nobody_at_all"
    (roles,) = [guard for guard in guards.state() if guard.name == "roles"]
    assert roles.detail == (
        "The role nobody_at_all is not shut out: the role does not exist; this process speaks as rationale_app."
    )
    settings.AUDIT_APP_ROLE = "rationale_migrator"
    (roles,) = [guard for guard in guards.state(serving=False) if guard.name == "roles"]
    assert roles.detail == (
        "The role rationale_migrator is not shut out: it can become the owner of audit_checkpoint."
    )


def test_the_system_check_warns_of_what_does_not_hold(db):
    assert [warning.id for warning in guards.check(databases=["default"])] == [
        "audit.fsync",
        "audit.full_page_writes",
    ]
    assert guards.check(databases=None) == []


def test_django_finds_our_migrate():
    from django.core.management import get_commands, load_command_class

    assert isinstance(load_command_class(get_commands()["migrate"], "migrate"), Migrate)
    assert settings.AUDIT_APP_ROLE == "rationale_app"
