"""The roles of the database and who may do what before any schema exists.

rationale_owner     owns the schema, cannot log in
rationale_migrator  logs in for schema changes and works as the owner (SET ROLE)
rationale_app       logs in for everything else; has what the migrations grant it and no more
rationale_reader    cannot log in; what it may read is granted by the migrations
"""

import psycopg
from psycopg import sql

OWNER = "rationale_owner"
MIGRATOR = "rationale_migrator"
APP = "rationale_app"
READER = "rationale_reader"

_ATTRIBUTES = {OWNER: "NOLOGIN", MIGRATOR: "LOGIN CREATEDB", APP: "LOGIN", READER: "NOLOGIN"}
# Any fixed number: two starters at once must not both create a role or a database.
_STARTERS = 20261122


def ensure_roles(superuser_dsn: str, password: str | None = None) -> None:
    """The four roles exist. `password` is for those made now, when they log in over a network.

    A role that exists keeps its password: the server may be somebody's real one.
    """
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_STARTERS])
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in _ATTRIBUTES.keys() - known:
            statement = sql.SQL("CREATE ROLE {} " + _ATTRIBUTES[role] + " PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
        connection.execute(
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(OWNER), sql.Identifier(MIGRATOR))
        )


def ensure_database(superuser_dsn: str, name: str) -> None:
    """The database `name` exists, belongs to the owner role, and lets in our roles only."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_STARTERS])
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not found.fetchone():
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER)))
        admit(connection, name)


def admit(connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    """Let our roles, and nobody else, connect to the database `name`.

    Needed after CREATE DATABASE … TEMPLATE too: these rights are not copied with the template.
    """
    database = sql.Identifier(name)
    roles = sql.SQL(", ").join(map(sql.Identifier, (APP, MIGRATOR, READER)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, roles))
