"""Each deed of somebody who rules the database is found, and named as docs/tampering.md says.

``RATIONALE_WRITE_TABLE=1 pytest tests/audit/test_tampering.py`` writes that file anew from real runs.
"""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier

from audit.management.commands.verifylog import exit_status
from audit.verification import Report, Verification
from tests.audit import deeds, tampering
from tests.audit.lines import ruler_of
from tests.audit.tampering import BASE, DEEDS, OLDER, Deed, Found, Ruler
from tests.conftest import speaking_to

TABLE = Path(__file__).resolve().parents[2] / "docs" / "tampering.md"
HEAD = """# What tampering looks like

Made by `RATIONALE_WRITE_TABLE=1 pytest tests/audit/test_tampering.py`; the tests fail when it no longer
tells the truth. Each deed is done by a superuser of PostgreSQL with every trigger, event trigger and,
where it is in the way, every check taken down; then `verifylog` is run. The log has 700 leaves and was
published at 100, 256, 300, 512, 640 and 700.

What stops such deeds is in docs/operations.md; this is about what finds them when nothing stopped them.
Findings that name a range have been narrowed down as far as the published checkpoints allow: the denser
these are, the narrower the range.

| deed | facts that fail | found as | where | in words |
| --- | --- | --- | --- | --- |
"""
FOOT = """
What `verifylog` cannot find: entries that were never recorded, entries added through the log's own
doors by somebody with a key for them, and a history rewritten, or set back, together with every
checkpoint anybody kept. Keep checkpoints where the operator of this database cannot reach them.

What it does not compare: the read models (lists, counts, timelines, figures) with the log. A row of
theirs without an entry is found; what else they say is not part of the log, and
`manage.py rebuildprojections` makes it anew from there. The same goes for what nothing is committed
to and nothing rests on: when a checkpoint's row was written, when a person's row was made, and the
number of the transaction that wrote an entry, once the entry has its place. A caller's id and the
index of a person's reference can be checked only while the person is not erased.
"""


@dataclass(frozen=True)
class Bases:
    cluster: Any
    databases: dict[str, str]
    public: Path


@pytest.fixture(scope="module")
def bases(
    cluster: Any,
    template: str,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bases]:
    """The whole log, a copy of its database at 512 leaves, and its published checkpoints."""
    public = tmp_path_factory.mktemp("tampering") / "public"
    names = {BASE: cluster.unique("rationale_base"), OLDER: cluster.unique("rationale_older")}
    cluster.clone(template, names[BASE])
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        speaking_to(cluster.dsn(names[BASE], "rationale_app")),
    ):
        patch.setattr(settings, "AUDIT_PUBLIC", public)
        tampering.begin()
        connections.close_all()
        cluster.clone(names[BASE], names[OLDER])
        tampering.go_on()
    yield Bases(cluster, names, public)
    for name in names.values():
        cluster.drop(name)


@pytest.fixture
def verified(
    bases: Bases, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Any]:
    name = bases.cluster.unique("rationale_deed")

    def after(one: Deed) -> Report:
        bases.cluster.clone(bases.databases[one.on], name)
        monkeypatch.setattr(
            settings, "AUDIT_PUBLIC", shutil.copytree(bases.public, tmp_path / "public")
        )
        url = bases.cluster.dsn(name, "rationale_app")
        with ruler_of(url, bases.cluster) as ruler:
            one.act(ruler)
        with django_db_blocker.unblock(), speaking_to(url):
            return Verification().run(lambda leaves: True)

    yield after
    bases.cluster.drop(name)


def places(report: Report) -> set[Found]:
    return {
        (
            found.code,
            found.leaf_index
            if found.last_leaf is None or found.leaf_index is None
            else (found.leaf_index, found.last_leaf),
        )
        for found in report.findings
    }


rows: dict[str, str] = {}


@pytest.mark.parametrize("one", DEEDS, ids=lambda one: one.act.__name__)
def test_the_deed_is_found_and_named(verified: Any, one: Deed) -> None:
    report = verified(one)
    assert places(report) == set(one.found)
    assert report.intact == (not one.found)
    assert report.verdict.startswith("The log is intact: ") == (not one.found)
    assert (exit_status(report) == 0) == (not one.found)
    rows[one.name] = row(one, report)


def test_the_table_in_the_docs_is_what_was_found() -> None:
    if len(rows) < len(DEEDS):
        pytest.skip("only some deeds were done in this run")
    table = HEAD + "".join(rows[one.name] for one in DEEDS) + FOOT
    if os.environ.get("RATIONALE_WRITE_TABLE"):
        TABLE.write_text(table)
    assert TABLE.read_text() == table


def row(one: Deed, report: Report) -> str:
    """One line of the table; ids and hashes, different in every run, are left out."""
    if not report.findings:
        return f"| {one.name} | none | nothing | - | {report.verdict} |\n"
    failing = ", ".join(fact.name for fact in report.facts if fact.holds is False)
    lines = []
    for index, code in enumerate(dict.fromkeys(found.code for found in report.findings)):
        first = next(found for found in report.findings if found.code == code)
        place = re.sub(r",? ?entry .*", "", first.place()) or "-"
        said = re.sub(r"[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27}|_20\d\d_\d\d", "…", first.sentence)
        deed = f"{one.name} | {failing}" if index == 0 else " | "
        lines.append(f"| {deed} | `{code}` | {place} | {said} |\n")
    return "".join(lines)


COLUMNS = (
    ("audit_entry", "id", "header"),
    ("audit_entry", "id", "leaf_hash"),
    ("audit_entry_body", "id", "sha256"),
    ("audit_entry_body", "id", "body"),
    ("audit_entry_leaf", "leaf_index", "leaf_hash"),
    ("audit_tile", "index", "hashes"),
    ("audit_tile", "index", "root"),
    ("audit_checkpoint", "size", "root"),
    ("audit_tree_state", "id", "root"),
    ("audit_subject", "id", "wrapped_key"),
    ("audit_subject", "id", "ref_index"),
)


@pytest.fixture
def laid_open(
    bases: Bases, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ruler]:
    """A copy of the base log with guards and checks gone; Django speaks to it too."""
    name = bases.cluster.unique("rationale_open")
    bases.cluster.clone(bases.databases[BASE], name)
    monkeypatch.setattr(settings, "AUDIT_PUBLIC", bases.public)
    url = bases.cluster.dsn(name, "rationale_app")
    with ruler_of(url, bases.cluster) as ruler, django_db_blocker.unblock(), speaking_to(url):
        tampering.drop_checks(ruler)
        yield ruler
    bases.cluster.drop(name)


@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    where=st.sampled_from(COLUMNS),
    row=st.integers(0, 10_000),
    byte=st.integers(0, 10_000),
    bit=st.integers(0, 7),
)
def test_any_one_bit_is_found(
    laid_open: Ruler, where: tuple[str, str, str], row: int, byte: int, bit: int
) -> None:
    table, key, column = where
    names = {"t": Identifier(table), "k": Identifier(key), "c": Identifier(column)}
    rows = laid_open.execute(
        SQL("SELECT {k}, octet_length({c}) FROM {t} WHERE {c} IS NOT NULL ORDER BY {k}").format(
            **names
        )
    ).fetchall()
    value, length = rows[row % len(rows)]
    turn = SQL(
        "UPDATE {t} SET {c} = set_byte({c}, %s, get_byte({c}, %s) # %s) WHERE {k} = %s"
    ).format(**names)
    change = [byte % length, byte % length, 1 << bit, value]
    assert laid_open.execute(turn, change).rowcount == 1
    assert not Verification().run(lambda leaves: True).intact
    laid_open.execute(turn, change)
    assert Verification().run(lambda leaves: True).intact


def test_every_deed_has_a_name_of_its_own() -> None:
    assert len({one.name for one in DEEDS}) == len(DEEDS) > 40
    assert deeds.nothing in {one.act for one in DEEDS}
