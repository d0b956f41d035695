"""Facts and cells follow from the log: whatever the order and the batches, and after a rebuild."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from audit import sequencer, subjects
from audit.log import Appended
from fairness import cells, facts, policies, redoing
from fairness.models import Cell, Decided, Fact, Report, ScoreCell, Statement, Stratum, Word
from tests.audit.ledger import CASE, START, destroy_key, subject_of
from tests.fairness.speaking import (
    POLICY,
    counted,
    decided,
    empty,
    everything,
    follow,
    outcome,
    rebuild,
    reviewed,
    stated,
)

WHOLE = 1_000_000
INFERRED = {"source": "inferred", "method": "first name"}
_HALF = {**INFERRED, "value": "f", "probability": 0.5}


@pytest.fixture(autouse=True)
def remember_nobody() -> None:
    subjects.forget_all()


def test_a_decision_counts_in_one_cell(db: None) -> None:
    line = decided(
        4, segments={"sex": "f", "age": 37.0, "none": None}, output={"label": "deny", "score": 0.25}
    )
    follow()
    (fact,) = Fact.objects.all()
    assert (fact.entry_id, fact.bin, fact.weight, fact.square) == (line.id, 250, WHOLE, WHOLE)
    assert counted() == [({"sex": "f", "age": "37"}, "deny", "deny", "", 1, WHOLE)]
    (binned,) = ScoreCell.objects.all()
    assert (binned.week.isoweekday(), binned.bin, binned.weight) == (1, 250, WHOLE)
    assert 0 <= (START.date() - binned.week).days < 7
    (cell,) = Cell.objects.all()
    assert (cell.day, cell.scored, cell.score, cell.valued) == (
        (START + timedelta(minutes=4)).date(),
        WHOLE,
        WHOLE // 4,
        0,
    )


def test_outcomes_are_corrected_and_contradict_each_other(db: None) -> None:
    policies.set_policy(actor="user:o", use_case=CASE, content=POLICY)
    line = decided(1)
    outcome(
        line,
        "a",
        source="bureau",
        label="lost",
        observed_at=(START + timedelta(hours=9)).isoformat(),
    )
    outcome(line, "b")
    outcome(line, "c", label="lost", corrects="b")
    follow()
    assert [row[3] for row in counted()] == ["lost"]
    outcome(line, "d", label="repaid", observed_at=(START + timedelta(hours=3)).isoformat())
    follow()
    assert [row[3:] for row in counted()] == [("repaid", 1, WHOLE)]


def test_an_outcome_with_a_value_is_an_error_of_the_score(db: None) -> None:
    line = decided(1, output={"score": 5.5})
    outcome(line, "a", value=7.0)
    follow()
    (cell,) = Cell.objects.all()
    assert (cell.scored, cell.truth, cell.valued) == (WHOLE, 0, WHOLE)
    assert not ScoreCell.objects.exists()
    assert [
        float(one) / WHOLE for one in (cell.error, cell.absolute, cell.squared, cell.fourth)
    ] == [
        -1.5,
        1.5,
        2.25,
        1.5**4,
    ]


def test_scores_count_to_the_fifteenth_decimal_and_in_parts_or_beyond_64_to_the_last(
    db: None,
) -> None:
    said = {"third": (1 / 3, {}), "large": (-70.125, {}), "part": (0.7, {"sex": _HALF})}
    for number, (label, (score, segments)) in enumerate(said.items()):
        decided(number, segments=segments, output={"label": label, "score": score})
    follow()
    labels = dict(Word.objects.values_list("id", "text"))
    found = {
        (labels[cell.label], cell.weight): (cell.score, cell.score_squares)
        for cell in Cell.objects.all()
    }
    assert found == {
        ("third", WHOLE): (Decimal("333333.333333333"), Decimal("111111.111111111")),
        ("large", WHOLE): (Decimal("-70125000"), Decimal("4917515625")),
        ("part", WHOLE // 2): (Decimal("350000"), Decimal("245000")),
    }
    before = everything()
    Cell.objects.update(score=0, score_squares=0)
    ScoreCell.objects.update(score=0, score_squares=0)
    moved = import_module("fairness.migrations.0003_scores_as_floats")
    with connection.cursor() as cursor:
        for statement in (moved._LABELS, moved._BINS):
            cursor.execute(statement)
    assert everything() == before
    cells.remove(list(Fact.objects.values_list("entry_id", "stratum")))
    assert not Cell.objects.exists() and not ScoreCell.objects.exists()


def test_a_review_gives_the_effective_label_and_its_group(db: None) -> None:
    one, two = (decided(number, output={"label": "deny"}) for number in (3, 6))
    reviewed(one, "approve", "team a")
    follow()
    assert counted() == [
        ({}, "deny", "deny", "", 1, WHOLE),
        ({"review:group": "team a"}, "deny", "approve", "", 1, WHOLE),
    ]
    reviewed(one, "deny", "team b")
    reviewed(two, "deny", "team b")
    follow()
    assert counted() == [({"review:group": "team b"}, "deny", "deny", "", 2, 2 * WHOLE)]


def test_inferred_segments_enter_by_their_probabilities(db: None) -> None:
    decided(1, segments={"sex": {**INFERRED, "distribution": {"f": 0.75, "m": 0.2}}, "age": "old"})
    follow()
    assert [(row[0].get("sex"), row[0]["age"], row[-1]) for row in counted()] == [
        (None, "old", 50_000),
        ("f", "old", 750_000),
        ("m", "old", 200_000),
    ]
    assert [cell.squares for cell in Cell.objects.order_by("squares")] == [2500, 40_000, 562_500]


def test_segments_told_later_reach_all_decisions_of_the_person(db: None) -> None:
    said = {"subject": "p", "output": {"label": "deny"}}
    decided(1, **said, segments={"sex": "x"})
    decided(2, **said)
    follow()
    stated("s-1", subject="p", segments={"sex": "f", "age": "old"})
    decided(4, **said)
    follow()
    assert sorted((row[0]["sex"], row[0]["age"], row[-2]) for row in counted()) == [
        ("f", "old", 2),
        ("x", "old", 1),
    ]
    facts_told = dict(Fact.objects.values_list("leaf_index", "told"))
    assert facts_told == {0: {"age": 2}, 1: {"age": 2, "sex": 2}, 3: None}


def test_a_policy_that_changes_what_facts_depend_on_derives_them_anew(db: None) -> None:
    line = decided(1, segments={"sex": "f", "shoe": "44"}, output={"label": "ok", "score": 50.0})
    outcome(line, "a", source="bureau")
    outcome(line, "b", label="lost")
    follow()
    assert (counted()[0][0], ScoreCell.objects.count()) == ({"sex": "f", "shoe": "44"}, 0)
    changed = {**POLICY, "sources": ["bureau"], "score": {"low": 0.0, "high": 100.0}}
    policies.set_policy(actor="user:o", use_case=CASE, content=changed)
    assert policies.redoing(CASE)
    redoing.walk()
    assert not policies.redoing(CASE)
    assert counted() == [({"sex": "f"}, "ok", "ok", "repaid", 1, WHOLE)]
    assert ScoreCell.objects.get().bin == 500
    before = everything()
    rebuild()
    assert everything() == before


def test_an_erased_person_is_taken_out_of_everything(db: None) -> None:
    gone = decided(1, segments={"village": "Nowhere"}, subject="p")
    stays = decided(2, segments={"village": "Town"})
    outcome(gone, "a", label="repaid to their aunt")
    stated("s-1", subject="p", segments={"sex": "f"})
    reviewed(gone, "deny", "a")
    follow()
    assert Word.objects.filter(text="repaid to their aunt").exists()
    destroy_key(subject_of(gone))
    follow()
    assert [row.entry_id for row in Decided.objects.all()] == [stays.id]
    assert [row.decision for row in Statement.objects.all()] == [stays.id]
    assert not Report.objects.exists()
    assert [row.segments for row in Stratum.objects.all()] == [{"village": "Town"}]
    assert [row.text for row in Word.objects.all()] == ["approve"]
    before = everything()
    assert [len(table) for table in before] == [1, 1]
    rebuild()
    assert everything() == before


def test_what_was_lost_or_changed_is_made_again(db: None) -> None:
    lines = [decided(number, segments={"sex": "fm"[number % 2]}) for number in range(1, 7)]
    outcome(lines[0], "a")
    follow()
    before = everything()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE fairness_cell SET facts = facts + 1")
        cursor.execute("DELETE FROM fairness_report")
        cursor.execute("UPDATE fairness_fact SET truth = 0 WHERE entry_id = %s", [lines[0].id])
    assert everything() != before
    call_command("rebuildcells")
    assert everything() == before
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM fairness_cell")
        cursor.execute("DELETE FROM fairness_scorecell")
    call_command("rebuildcells", cells_only=True)
    assert everything() == before


def test_following_twice_changes_nothing(db: None) -> None:
    line = decided(1, segments={"sex": "f"})
    outcome(line, "a")
    follow()
    before = everything()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_place SET next_index = 0 WHERE name = %s", [facts.NAME])
    follow()
    assert everything() == before


def test_a_batch_costs_as_many_queries_as_one_entry(
    db: None, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, 60):
        decided(number, segments={"sex": "fm"[number % 2]})
    sequencer.Sequencer().step()
    with django_assert_max_num_queries(40):
        assert facts.follow() == 59


# Each act is of one of three decisions; late ones may name a decision before it is there to follow.
_ACTS = st.one_of(
    st.tuples(
        st.just("outcome"), st.integers(0, 2), st.integers(0, 3), st.integers(0, 3), st.booleans()
    ),
    st.tuples(st.just("review"), st.integers(0, 2), st.sampled_from(["approve", "deny"])),
    st.tuples(st.just("stated"), st.integers(0, 2), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("erase"), st.integers(0, 2)),
    st.tuples(st.just("follow"), st.integers(1, 4)),
    st.tuples(st.just("policy"), st.booleans()),
)
_SEGMENTS: list[dict[str, Any]] = [
    {"sex": "f"},
    {
        "sex": {**INFERRED, "distribution": {"f": 1 / 3, "m": 1 / 3}},
        "age": {**INFERRED, "value": "old", "probability": 0.7},
    },
    {"age": "young"},
]


class _World:
    """Three decisions and what is said of them, in any order."""

    def __init__(self) -> None:
        self.lines: list[Appended] = [
            decided(
                number,
                subject=f"p-{number}",
                segments=segments,
                output={"label": label, "score": score},
            )
            for number, (segments, label, score) in enumerate(
                [({"sex": "m"}, "approve", 0.1), (None, "deny", 1 / 3), (_SEGMENTS[1], "deny", 2.5)]
            )
        ]
        self.gone: set[int] = set()
        self.said = 0

    def do(self, act: tuple[Any, ...]) -> None:
        self.said += 1
        kind, at = act[0], act[1]
        if kind == "follow":
            follow(at)
        elif kind == "policy":
            sources = ["bureau"] if at else ["ledger"]
            policies.set_policy(
                actor="user:o", use_case=CASE, content={**POLICY, "sources": sources}
            )
        elif at not in self.gone:
            getattr(self, kind)(*act[1:])

    def outcome(self, at: int, number: int, corrects: int, early: bool) -> None:
        hours = 1 if early else 5
        outcome(
            self.lines[at],
            f"o-{self.said}",
            label="repaid" if number % 2 else "lost",
            source="ledger" if number < 2 else "bureau",
            observed_at=(START + timedelta(hours=hours)).isoformat(),
            corrects=f"o-{self.said - 1 + corrects}" if corrects != 1 else None,
        )

    def review(self, at: int, label: str) -> None:
        reviewed(self.lines[at], label, "team")

    def stated(self, at: int, which: int, person: bool) -> None:
        about = {"subject": f"p-{at}"} if person else {"decision": str(self.lines[at].id)}
        stated(f"s-{self.said}", segments=_SEGMENTS[which], **about)

    def erase(self, at: int) -> None:
        self.gone.add(at)
        destroy_key(subject_of(self.lines[at]))
        subjects.forget_all()


@pytest.mark.django_db
@limits(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(_ACTS, max_size=14), batch=st.integers(1, 7))
def test_cells_equal_a_rebuild(acts: list[tuple[Any, ...]], batch: int) -> None:
    with transaction.atomic():
        world = _World()
        for act in acts:
            world.do(act)
        follow(batch)
        incremental = everything()
        total = sum(row[7] for row in incremental[0])
        assert total == (3 - len(world.gone)) * WHOLE
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM fairness_cell")
            cursor.execute("DELETE FROM fairness_scorecell")
        cells.recount()
        assert everything() == incremental
        rebuild()
        assert everything() == incremental
        empty()
        follow()
        assert everything() == incremental
        transaction.set_rollback(True)
