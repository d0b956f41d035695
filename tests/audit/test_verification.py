"""The whole-log check: what it counts, where it stops, and that it never says more than it saw."""

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from audit import merkle, publisher
from audit.log import Draft, append_many
from audit.sequencer import Sequencer
from audit.verification import CannotResume, Report, Verification, batches, portions
from audit.verification.accumulator import Accumulator
from audit.verification.findings import KEPT, Findings, finding
from tests.audit.ledger import decide_some, destroy_key, subject_of
from tests.audit.lines import ruler_of, write


def grow(count: int) -> None:
    write(count)
    Sequencer().step()
    publisher.publish()


def on(leaves: int) -> bool:
    return True


def verify(**options: Any) -> Report:
    return Verification(**options).run(on)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 64)


@pytest.mark.usefixtures("fresh_db")
def test_large_bodies_are_read_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        append_many([Draft("alert", "", "user:a", b"x" * 5_000) for _ in range(40)])
    Sequencer().step()
    publisher.publish()
    monkeypatch.setattr(portions, "MOST", 12_000)
    ranges = list(portions.portions(0, 40))
    assert [at for first, end in ranges for at in range(first, end)] == list(range(40))
    assert all(end - first <= 2 for first, end in ranges)
    report = verify()
    assert report.verdict == "The log is intact: 40 leaves."


def verifylog(*arguments: object) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verifylog", *map(str, arguments), stdout=out)
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    return 0, out.getvalue()


# ----------------------------------------------------------------------------------- accumulator


def hashes(count: int) -> list[bytes]:
    return [sha256(b"%d" % n).digest() for n in range(count)]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 511, 512, 66_000])
def test_the_two_trees_agree(size: int) -> None:
    leaf_hashes = hashes(size)
    accumulator, frontier = Accumulator(), merkle.Frontier()
    found = {
        (one.level, one.number): (one.hashes, one.root) for one in accumulator.add(leaf_hashes)
    }
    expected = {
        (one.level, one.index): (one.hashes, one.root) for one in frontier.extend(leaf_hashes)
    }
    assert found == expected
    assert (accumulator.size, accumulator.root()) == (size, frontier.root())


@hypothesis_settings(deadline=None)
@given(cuts=st.lists(st.integers(0, 300), max_size=6))
def test_an_accumulator_can_be_put_away_between_any_two_leaves(cuts: list[int]) -> None:
    leaf_hashes, at = hashes(sum(cuts)), 0
    accumulator = Accumulator()
    for cut in cuts:
        accumulator = Accumulator.load(json.loads(json.dumps(accumulator.dump())))
        accumulator.add(leaf_hashes[at : at + cut])
        at += cut
        assert accumulator.root() == merkle.root(leaf_hashes[:at])


# --------------------------------------------------------------------------------------- findings


def test_runs_of_one_fault_are_told_once() -> None:
    findings = Findings()
    for leaf in (4, 5, 6, 8):
        findings.add(finding("gone", "Gone.", leaf))
    assert [(one.leaf_index, one.last_leaf) for one in findings.kept] == [(4, 6), (8, None)]
    assert findings.counts == {"gone": 4}
    assert [one.place() for one in findings.kept] == ["leaves 4 to 6", "leaf 8"]


def test_findings_take_a_bounded_place() -> None:
    findings = Findings()
    for leaf in range(0, 1000, 2):
        findings.add(finding("gone", "Gone.", leaf))
    findings = Findings.load(json.loads(json.dumps(findings.dump())))
    findings.add(finding("gone", "Gone.", 5000))
    assert len(findings.kept) == KEPT
    assert findings.counts["gone"] == 501


# ------------------------------------------------------------------------------------- the report


def test_a_sound_log_is_intact(fresh_db: str) -> None:
    decisions = decide_some(5)
    grow(300)
    grow(20)
    report = verify()
    assert report.findings == []
    assert report.intact
    assert report.verdict == "The log is intact: 325 leaves."
    assert (report.checked, report.size) == (325, 325)
    assert report.content.sentence.startswith("Content verified: 325 of 325; of these 0 erased")
    assert "equals the newest checkpoint (at 325 leaves)" in report.tree.sentence
    assert report.checkpoints.sentence.startswith("2 of 2 checkpoints")
    assert (report.witnesses.holds, report.witnesses.sentence) == (
        None,
        "Witnesses: 0 of 0, none configured.",
    )
    assert len(decisions) == 5


def test_an_erased_person_is_counted_apart_and_breaks_nothing(fresh_db: str) -> None:
    decisions = decide_some(5)
    destroy_key(subject_of(decisions[2]))
    grow(3)
    report = verify()
    assert report.intact
    assert report.content.sentence.startswith("Content verified: 9 of 9; of these 1 erased")


def test_an_empty_log_without_a_checkpoint_is_not_called_intact(fresh_db: str) -> None:
    report = verify()
    assert not report.intact
    assert report.findings == []
    assert report.tree.sentence == "No checkpoint is known: there is nothing to compare with."
    publisher.publish()
    assert verify().intact


def test_a_log_without_a_checkpoint_is_not_called_intact(fresh_db: str) -> None:
    write(5)
    Sequencer().step()
    report = verify()
    assert (report.content.holds, report.tree.holds, report.checkpoints.holds) == (True, None, None)
    assert not report.intact
    assert report.verdict == "The log is NOT shown to be intact: see the facts."


def test_leaves_beyond_the_newest_checkpoint_are_said(fresh_db: str) -> None:
    grow(10)
    write(5)
    Sequencer().step()
    report = verify()
    assert report.intact
    assert report.tree.sentence.startswith(
        "The tree of 15 leaves equals the newest checkpoint (at 10 leaves)"
    )


def test_what_is_appended_meanwhile_is_for_the_next_time(
    fresh_db: str, small_batches: None
) -> None:
    grow(200)

    def grow_on(leaves: int) -> bool:
        grow(30)
        return True

    report = Verification().run(grow_on)
    assert report.intact
    assert report.size == 200
    assert verify().size == 200 + 4 * 30


def test_each_checkpoint_is_judged_wherever_the_batches_end(
    fresh_db: str, small_batches: None
) -> None:
    for count in (1, 62, 1, 1, 63, 100, 28):
        grow(count)
    report = verify()
    assert report.intact
    assert report.checkpoints.sentence.startswith("7 of 7 checkpoints")


def test_several_processes_see_the_same_as_one(
    fresh_db: str, cluster: Any, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "WORTH_FORKING", 100)
    destroy_key(subject_of(decide_some(5)[2]))
    for count in (94, 250, 300):
        grow(count)
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute(
            "UPDATE audit_entry SET recorded_at = recorded_at - interval '1 day' WHERE id IN "
            "(SELECT entry_id FROM audit_entry_leaf WHERE leaf_index IN (10, 63, 64, 630))"
        )
    alone = verify()
    together = Verification().run(on, jobs=3)
    assert together.findings == alone.findings
    assert together.facts == alone.facts
    assert sum(together.counts.values()) == 4
    assert Verification().run(lambda leaves: False, jobs=3).checked == 64


def test_no_process_outlives_a_run_that_was_killed(
    fresh_db: str, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "WORTH_FORKING", 100)
    grow(300)
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        Verification().run(lambda leaves: time.sleep(60) is None, jobs=2)
        os._exit(0)
    children = Path(f"/proc/{pid}/task/{pid}/children")
    helpers = _until(lambda: [int(one) for one in children.read_text().split()], len)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    _until(
        lambda: [one for one in helpers if Path(f"/proc/{one}/stat").exists()],
        lambda left: not left,
    )


def _until(look: Callable[[], list[int]], enough: Callable[[list[int]], object]) -> list[int]:
    deadline = time.monotonic() + 20
    while not enough(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


# ------------------------------------------------------------------------------- partial, resumed


def test_a_part_is_never_called_intact(fresh_db: str, small_batches: None) -> None:
    grow(200)
    report = Verification().run(on, until=100)
    assert (report.checked, report.complete, report.intact) == (100, False, False)
    assert report.verdict == "Partly verified: 100 of 200 leaves, without a finding yet."
    assert [fact.holds for fact in report.facts] == [None, None, None, None]


def test_the_end_can_be_asked_for_between_batches(fresh_db: str, small_batches: None) -> None:
    grow(200)
    report = Verification().run(lambda leaves: False)
    assert report.checked == 64


def test_going_on_gives_the_same_as_going_through(
    fresh_db: str, small_batches: None, cluster: Any
) -> None:
    destroy_key(subject_of(decide_some(5)[2]))
    for count in (94, 50, 50, 100):
        grow(count)
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute(
            "UPDATE audit_entry SET recorded_at = recorded_at - interval '1 day' WHERE id IN "
            "(SELECT entry_id FROM audit_entry_leaf WHERE leaf_index IN (10, 63, 64, 250))"
        )
    whole_way = verify()
    dumped, position = None, 0
    while position < 300:
        step = Verification(resume=dumped)
        report = step.run(on, until=step.position + 70)
        dumped, position = json.loads(json.dumps(step.dump())), step.position
    assert [one.place().partition(",")[0] for one in report.findings] == [
        "leaf 10",
        "leaves 63 to 64",
        "leaf 250",
    ]
    assert report.findings == whole_way.findings
    assert report.facts == whole_way.facts
    assert report.resumed_at == 280


def test_a_log_that_grew_is_gone_on_with(fresh_db: str) -> None:
    grow(100)
    first = Verification()
    first.run(on, until=60)
    grow(100)
    report = verify(resume=first.dump())
    assert report.intact
    assert (report.resumed_at, report.size) == (60, 200)


@pytest.mark.parametrize("change", [{"origin": "another"}, {"format": 0}])
def test_the_file_of_another_log_is_refused(fresh_db: str, change: dict[str, object]) -> None:
    with pytest.raises(CannotResume):
        Verification(resume={**Verification().dump(), **change})


# ------------------------------------------------------------------------------------ the command


def test_the_command_says_four_facts(fresh_db: str) -> None:
    grow(20)
    status, said = verifylog()
    assert status == 0
    assert [line.split()[:2] for line in said.splitlines()[:4]] == [
        ["content", "holds"],
        ["tree", "holds"],
        ["checkpoints", "holds"],
        ["witnesses", "open"],
    ]
    assert said.splitlines()[4].startswith("The log is intact: 20 leaves.")


def test_the_command_names_what_it_finds(fresh_db: str, cluster: Any) -> None:
    lines = write(20)
    grow(1)
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("DELETE FROM audit_entry_body WHERE id = %s", [lines[7].id])
    status, said = verifylog()
    assert status == 1
    assert f"body-missing: leaf 7, entry {lines[7].id}: The stored body" in said
    status, said = verifylog("--json")
    found = json.loads(said)
    assert (status, found["intact"], found["counts"]) == (1, False, {"body-missing": 1})
    assert found["findings"][0]["entry_id"] == str(lines[7].id)


def test_the_command_goes_on_from_a_file(
    fresh_db: str, tmp_path: Path, small_batches: None
) -> None:
    grow(100)
    file = tmp_path / "resume.json"
    assert verifylog("--resume", file, "--limit", 70)[0] == 3
    assert json.loads(file.read_text())["tree"]["size"] == 70
    status, said = verifylog("--resume", file)
    assert (status, file.exists()) == (0, False)
    assert said.startswith("Resumed: leaves below 70 were verified earlier.")


def test_a_file_that_is_no_resume_file_is_refused(fresh_db: str, tmp_path: Path) -> None:
    file = tmp_path / "resume.json"
    cut_short = {"format": 1, "origin": settings.AUDIT_ORIGIN}
    odd = {**Verification().dump(), "tree": {"size": 1, "peaks": [[0, "zz"]], "rows": [""]}}
    for text in ("not json", "[]", "{}", json.dumps(cut_short), json.dumps(odd)):
        file.write_text(text)
        with pytest.raises(CommandError) as caught:
            call_command("verifylog", "--resume", str(file))
        assert caught.value.returncode == 2


def test_a_resume_file_that_cannot_be_written_is_said_before_the_work(
    fresh_db: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=r"resume file .* cannot be written") as caught:
        call_command("verifylog", "--resume", str(tmp_path / "nowhere" / "resume.json"))
    assert caught.value.returncode == 2


def test_a_resume_file_lost_on_the_way_does_not_lose_the_report(
    fresh_db: str, tmp_path: Path, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(200)
    folder, moved = tmp_path / "here", tmp_path / "gone"
    folder.mkdir()
    monkeypatch.setattr(
        Verification, "_judge", lambda self, walk: folder.exists() and folder.rename(moved)
    )
    err = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command(
            "verifylog", "--resume", str(folder / "resume.json"), "--limit", "70", stderr=err
        )
    assert left.value.code == 3
    assert "cannot be written" in err.getvalue()


@pytest.mark.parametrize("arguments", [("--limit", "0"), ("--limit", "-5"), ("--jobs", "0")])
def test_numbers_that_mean_nothing_are_refused(arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        call_command("verifylog", *arguments)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OperationalError("the server closed the connection"), "the database does not answer"),
        (psycopg.OperationalError("the server closed it"), "the database does not answer"),
        (BrokenProcessPool("a child is gone"), "one of the processes that looked was killed"),
    ],
)
def test_what_stops_it_is_no_finding(
    fresh_db: str, monkeypatch: pytest.MonkeyPatch, fault: Exception, said: str
) -> None:
    def stopped(self: Verification, *args: Any, **options: Any) -> Report:
        raise fault

    monkeypatch.setattr(Verification, "run", stopped)
    with pytest.raises(CommandError, match=f"could not be verified: {said}") as caught:
        call_command("verifylog")
    assert caught.value.returncode == 2


def test_a_body_unlike_its_kind_is_named_and_stops_nothing(fresh_db: str) -> None:
    with transaction.atomic():
        append_many([Draft("decision", "hiring", "system:test", b"no caller wrote this")])
    grow(3)
    assert [(one.code, one.leaf_index) for one in verify().findings] == [("body-unlike-kind", 0)]


def test_a_signal_ends_it_between_batches_and_the_file_remains(
    fresh_db: str, tmp_path: Path, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(200)
    file = tmp_path / "resume.json"
    count = Verification._count

    def interrupted(self: Verification, batch: batches.Batch) -> None:
        count(self, batch)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Verification, "_count", interrupted)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert verifylog("--resume", file)[0] == 3
    assert json.loads(file.read_text())["tree"]["size"] == 64
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_store_that_cannot_be_read_is_not_passed_over(fresh_db: str) -> None:
    grow(3)
    checkpoint = settings.AUDIT_PUBLIC / "checkpoint"
    checkpoint.unlink()
    checkpoint.mkdir()
    with pytest.raises(CommandError, match="could not be verified") as caught:
        call_command("verifylog")
    assert caught.value.returncode == 2


def test_a_store_that_is_gone_is_found(fresh_db: str) -> None:
    grow(3)
    (settings.AUDIT_PUBLIC / "checkpoint").unlink()
    report = verify()
    assert [one.code for one in report.findings] == ["store-empty"]
    assert (report.tree.holds, report.checkpoints.holds) == (True, False)
