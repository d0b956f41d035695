"""A database prepared once for many tests, by the real verbs; each test finds it as it was prepared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TestCase

from runtime.testing import TestCluster
from tests.conftest import speaking_to


@dataclass(frozen=True)
class Stage:
    """connection: to the database, as the application. made: what its maker returned; do not change it."""

    database: str
    connection: BaseDatabaseWrapper
    made: Any

    def left(self) -> str:
        """The database's name, for who clones it: that works while nobody is connected."""
        self.connection.close()
        return self.database


class Rolled(TestCase):
    """Django's way to roll a test back, for the connection that ``on`` puts in place."""


@contextmanager
def prepared(
    cluster: TestCluster, template: str, blocker: Any, make: Callable[[], Any]
) -> Iterator[tuple[str, Any]]:
    """The name of a database in which ``make`` committed something, and what it returned."""
    name = cluster.unique("rationale_stage")
    cluster.clone(template, name)
    with blocker.unblock(), speaking_to(cluster.dsn(name)):
        made = make()
    yield name, made
    cluster.drop(name)


@contextmanager
def stage(
    cluster: TestCluster, template: str, blocker: Any, make: Callable[[], Any]
) -> Iterator[Stage]:
    """Such a database with a connection that is kept: opening one for each test takes longer than most."""
    with prepared(cluster, template, blocker, make) as (name, made):
        with speaking_to(cluster.dsn(name)):
            kept = connections.create_connection("default")
            # Its own: that of the handler will speak of another database.
            kept.settings_dict = deepcopy(kept.settings_dict)
        yield Stage(name, kept, made)
        kept.close()


@contextmanager
def on(staged: Stage) -> Iterator[Any]:
    """Tests speak to that database, in a transaction that is rolled back. Needs the fixture ``db``."""
    usual = connections["default"]
    connections["default"] = staged.connection
    case = Rolled("__init__")
    case._fixture_setup()
    yield staged.made
    try:
        case._fixture_teardown()
    finally:
        connections["default"] = usual
