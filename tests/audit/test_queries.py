import base64
import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from audit import accesses, places, queries, sequencer
from audit.erasure import erase
from audit.header import parse
from audit.log import Draft, append_many
from audit.poison import Unfit
from audit.queries import DecisionFilter, LineFilter
from tests.audit.ledger import (
    CASE,
    CASES,
    START,
    decide,
    decide_some,
    decision_body,
    guards_down,
    report,
    rows,
    settle,
    subject_of,
)
from tests.audit.voices import PlainVoice
from tests.staging import on, stage

ALL = DecisionFilter(use_cases=CASES)


def ids(page) -> list[str]:
    return [row.decision_id for row in page.results]


def listed(**changes) -> list[str]:
    return ids(queries.decisions(DecisionFilter(**{"use_cases": CASES, **changes}), limit=200))


# ---------------------------------------------------------------------------------- one decision


def test_a_decision_is_found_before_any_follower_came_by(db):
    body = decision_body(3, segments={"sex": "female"}, context={"channel": "web"})
    (line,) = decide([body])
    found = queries.decision(key="app-3", use_cases=CASES)
    header = parse(line.header)
    assert found == queries.DecisionRecord(
        entry_id=line.id,
        decision_id="app-3",
        use_case=CASE,
        model_ref="credit-risk@1.0.0",
        model="credit-risk",
        version="1.0.0",
        actor="key:test",
        recorded_at=datetime.fromisoformat(line.recorded_at),
        decided_at=START + timedelta(minutes=3),
        subject_id=subject_of(line),
        subject_ref="cust-3",
        content=body,
        body_sha256=header.body_sha256,
        header=line.header,
        leaf_hash=line.leaf_hash,
        leaf_index=None,
        erased_at=None,
        damage="",
        violations=None,
    )
    settle()
    settled = queries.decision(key=str(line.id), use_cases=CASES)
    assert (settled.leaf_index, settled.violations) == (0, ())
    assert queries.decision(key=str(line.id).upper(), use_cases=CASES).decision_id == "app-3"


def test_a_decision_is_not_found_where_the_reader_may_not_look(db):
    (line,) = decide_some(1)
    for key in ("app-1", str(line.id)):
        assert queries.decision(key=key, use_cases=["hiring"]) is None
        assert queries.decision(key=key, use_cases=[]) is None
    assert queries.decision(key="app-2", use_cases=CASES) is None
    assert queries.decision(key=str(uuid4()), use_cases=CASES) is None


def test_only_decisions_are_decisions(db):
    (line,) = decide_some(1)
    outcome = report(line)
    assert queries.decision(key=str(outcome.id), use_cases=CASES) is None
    assert queries.payloads([outcome.id]) == []


def test_an_id_used_in_two_use_cases_is_ambiguous(db):
    here, there = decide([decision_body(1), decision_body(1, use_case="hiring")])
    with pytest.raises(queries.Ambiguous) as raised:
        queries.decision(key="app-1", use_cases=CASES)
    assert raised.value.use_cases == [CASE, "hiring"]
    assert queries.decision(key="app-1", use_cases=["hiring"]).entry_id == there.id
    assert queries.decision(key=str(here.id), use_cases=CASES).entry_id == here.id


def test_an_id_of_the_callers_may_look_like_an_entrys(db):
    name = str(uuid4())
    (line,) = decide([decision_body(1, id=name)])
    found = queries.decision(key=name, use_cases=CASES)
    assert (found.entry_id, found.decision_id) == (line.id, name)


def test_what_remains_after_erasure(db):
    (line,) = decide_some(1)
    settle()
    before = queries.decision(key="app-1", use_cases=CASES)
    done = erase(actor="user:p", subject=subject_of(line), use_case=CASE, reason="request")
    after = queries.decision(key="app-1", use_cases=CASES)
    assert after.erased_at == done.erased_at
    assert (after.content, after.subject_ref, after.damage) == (None, None, "")
    assert after.decision_id == "app-1"
    assert queries.decision(key=str(line.id), use_cases=CASES).decision_id is None
    kept = (
        "entry_id",
        "model_ref",
        "decided_at",
        "recorded_at",
        "header",
        "leaf_hash",
        "leaf_index",
    )
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    (payload,) = queries.payloads([line.id])
    assert (payload.erased, payload.inputs, payload.features, payload.output) == (True, {}, {}, {})


def test_payloads_come_in_the_order_asked_and_unknown_ones_are_left_out(db):
    lines = decide_some(3)
    asked = [lines[2].id, uuid4(), lines[0].id]
    assert [
        (p.entry_id, p.inputs, p.features, p.output, p.model_ref, p.erased, p.damage)
        for p in queries.payloads(asked)
    ] == [
        (
            line.id,
            {"months": number},
            {"months": number, "purpose": "car"},
            decision_body(number)["output"],
            "credit-risk@1.0.0",
            False,
            "",
        )
        for line, number in ((lines[2], 3), (lines[0], 1))
    ]
    assert queries.payloads([]) == []


def test_a_changed_body_is_shown_as_damage_not_as_content(fresh_db, cluster):
    lines = decide_some(3)
    with guards_down(cluster) as superuser:
        superuser.execute("DELETE FROM audit_entry_body WHERE id = %s", [lines[0].id])
        superuser.execute("DELETE FROM audit_subject WHERE id = %s", [subject_of(lines[1])])
    found = [queries.decision(key=f"app-{n}", use_cases=CASES) for n in (1, 2, 3)]
    assert [(record.content is None, record.erased_at, record.damage) for record in found] == [
        (True, None, "The body is gone from the database."),
        (True, None, "The person's data key is gone without an erasure."),
        (False, None, ""),
    ]


def test_looking_up_costs_the_same_among_one_and_among_many(db, django_assert_max_num_queries):
    decide_some(1)
    for number in (1, 40):
        decide_some(number, first=10 * number)
        with django_assert_max_num_queries(4):
            assert queries.decision(key="app-1", use_cases=CASES).decision_id == "app-1"
        entry_ids = [row[0] for row in rows("SELECT id FROM audit_entry")]
        with django_assert_max_num_queries(3):
            assert len(queries.payloads(entry_ids)) == len(entry_ids)


# ----------------------------------------------------------------------------------- the list


def list_some():
    lines = decide_some(10)
    lines += decide([decision_body(20, model="other-model", output={"label": "refer"})])
    lines += decide([decision_body(30, use_case="hiring", subject="cust-3", model="cv")])
    settle()
    return lines


@pytest.fixture(scope="module")
def staged_listing(cluster, template, django_db_blocker):
    with stage(cluster, template, django_db_blocker, list_some) as staged:
        yield staged


@pytest.fixture
def listing(db, staged_listing):
    with on(staged_listing) as lines:
        yield lines


def test_newest_decided_first_across_use_cases(listing):
    assert listed() == ["app-30", "app-20", *(f"app-{n}" for n in range(10, 0, -1))]
    first = queries.decisions(ALL).results[-1]
    assert first.subject_id == subject_of(listing[0])
    assert (first.entry_id, first.subject_ref, first.violations) == (listing[0].id, "cust-1", ())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"use_cases": ["hiring"]}, ["app-30"]),
        ({"use_cases": []}, []),
        ({"label": "deny"}, ["app-30", "app-9", "app-6", "app-3"]),
        ({"label": "deny", "use_cases": [CASE]}, ["app-9", "app-6", "app-3"]),
        ({"label": "unheard of"}, []),
        ({"model_ref": "other-model@1.0.0"}, ["app-20"]),
        ({"model_ref": "credit-risk@1.0.0", "label": "deny"}, ["app-9", "app-6", "app-3"]),
        ({"since": START + timedelta(minutes=9)}, ["app-30", "app-20", "app-10", "app-9"]),
        ({"until": START + timedelta(minutes=3)}, ["app-2", "app-1"]),
        (
            {
                "since": START + timedelta(minutes=2),
                "until": START + timedelta(minutes=4),
                "label": "deny",
            },
            ["app-3"],
        ),
        ({"subject": "cust-3"}, ["app-30", "app-3"]),
        ({"subject": "cust-3", "label": "deny", "use_cases": [CASE]}, ["app-3"]),
        ({"subject": "nobody"}, []),
        ({"subject": "cust-3", "q": "app-30"}, ["app-30"]),
        ({"subject": "cust-3", "q": "trace-3"}, ["app-3"]),
        ({"q": "app-1"}, ["app-1", "app-10"]),
        ({"q": "app-1", "label": "approve", "since": START + timedelta(minutes=5)}, ["app-10"]),
        (
            {"q": "app-"},
            [
                "app-1",
                "app-10",
                "app-2",
                "app-20",
                *(f"app-{n}" for n in (3, 30, 4, 5, 6, 7, 8, 9)),
            ],
        ),
        ({"q": "trace-7"}, ["app-7"]),
        ({"q": "trace-7", "label": "deny"}, []),
        ({"q": "cust-3"}, ["app-30", "app-3"]),
        ({"q": "cust-3", "use_cases": [CASE]}, ["app-3"]),
        ({"q": "nothing"}, []),
        ({"q": "%"}, []),
        ({"q": "app_1"}, []),
        ({"q": "a\x00b"}, []),
        ({"label": "\x00"}, []),
    ],
)
def test_filters_and_search(listing, changes, found):
    assert listed(**changes) == found


def test_search_by_entry_id_and_pseudonym(listing):
    assert listed(q=str(listing[4].id)) == ["app-5"]
    assert listed(q=str(subject_of(listing[4]))) == ["app-5"]
    assert listed(subject=str(subject_of(listing[4]))) == ["app-5"]
    assert listed(q=str(listing[4].id), use_cases=["hiring"]) == []


@pytest.mark.parametrize("changes", [{}, {"q": "app-"}, {"subject": "cust-3"}, {"label": "deny"}])
@pytest.mark.parametrize("limit", [1, 2, 3, 11])
def test_pages_forward_and_back_are_the_whole_list(listing, changes, limit):
    where = DecisionFilter(use_cases=CASES, **changes)
    whole = ids(queries.decisions(where, limit=200))
    pages, cursor = [], None
    while True:
        pages.append(queries.decisions(where, cursor, limit))
        cursor = pages[-1].next
        if cursor is None:
            break
    assert [name for page in pages for name in ids(page)] == whole
    assert pages[0].previous is None
    cursor = pages[-1].previous
    for earlier in reversed(pages[:-1]):
        back = queries.decisions(where, cursor, limit)
        assert ids(back) == ids(earlier)
        assert queries.decisions(where, back.next, limit).results != back.results
        cursor = back.previous
    assert cursor is None


def test_decisions_of_one_moment_are_neither_repeated_nor_skipped(db):
    decide(decision_body(n, decided_at=START.isoformat()) for n in range(1, 8))
    settle()
    seen, cursor = [], None
    for _ in range(4):
        page = queries.decisions(ALL, cursor, 2)
        seen += ids(page)
        cursor = page.next
    assert cursor is None
    assert sorted(seen) == [f"app-{n}" for n in range(1, 8)]


def test_new_decisions_do_not_disturb_a_cursor(listing):
    first = queries.decisions(ALL, limit=4)
    decide_some(5, first=40)
    settle()
    assert ids(queries.decisions(ALL, first.next, 4)) == ["app-8", "app-7", "app-6", "app-5"]


def forged(*values) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "!!!!",
        forged(),
        forged(False),
        forged(False, "yesterday", str(UUID(int=7))),
        forged(False, "2026-01-01T00:00:00Z", "no uuid"),
        forged("no", "2026-01-01T00:00:00Z", str(UUID(int=7))),
        forged(False, "2026-01-01T00:00:00Z", str(UUID(int=7)), 1),
        base64.urlsafe_b64encode(b"{").decode(),
    ],
)
def test_forged_cursors_are_refused(listing, cursor):
    with pytest.raises(queries.BadCursor):
        queries.decisions(ALL, cursor)


def test_a_cursor_of_another_list_is_refused(listing):
    by_id = queries.decisions(DecisionFilter(use_cases=CASES, q="app-"), limit=1).next
    with pytest.raises(queries.BadCursor):
        queries.decisions(ALL, by_id)
    for cursor in (forged(False, "a\x00b", str(UUID(int=7))), by_id[:-3]):
        with pytest.raises(queries.BadCursor):
            queries.decisions(DecisionFilter(use_cases=CASES, q="app-"), cursor)
    for cursor in (forged(False, 2**70), forged(False, "1"), forged(False, True)):
        with pytest.raises(queries.BadCursor):
            queries.entries(cursor)


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-5, 1), (1000, 12)])
def test_limits_are_kept_in_bounds(listing, asked, given):
    assert len(queries.decisions(ALL, limit=asked).results) == given


@pytest.mark.parametrize(
    ("changes", "most"),
    [({}, 1), ({"q": "app-"}, 3), ({"q": "cust-3"}, 3), ({"subject": "cust-3"}, 2)],
)
def test_a_page_costs_as_many_queries_for_one_row_as_for_many(
    db, django_assert_num_queries, changes, most
):
    decide([decision_body(3)])
    settle()
    counts = []
    for more in (0, 60):
        if more:
            decide(decision_body(n, subject="cust-3") for n in range(100, 100 + more))
            settle()
        counter = Counter()
        with connection.execute_wrapper(counter):
            queries.decisions(DecisionFilter(use_cases=CASES, **changes), limit=50)
        counts.append(counter.count)
    assert counts[0] == counts[1] <= most


class Counter:
    def __init__(self):
        self.count = 0
        self.statements = []

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        result = execute(sql, params, many, context)
        self.statements.append(context["cursor"].cursor._query.query.decode())
        return result


HUNDRED_THOUSAND = """
INSERT INTO audit_decision SELECT
  uuidv7_like(i), i, 'app-' || lpad(i::text, 7, '0'), c, c || '-model@1.' || i % 3 || '.0',
  md5('s' || i / 2)::uuid, 'cust-' || i / 2, now() - i * interval '1 minute', now(),
  CASE WHEN i % 1000 = 0 THEN 'refer' WHEN i % 3 = 0 THEN 'deny' ELSE 'approve' END,
  0.5, 0.5, 'decisive', 'trace-' || i, '{}'
FROM (SELECT i, CASE WHEN i % 9 = 0 THEN 'hiring' ELSE 'consumer-credit' END AS c
      FROM generate_series(1, 100000) i) s"""


PSEUDONYM = str(UUID(hashlib.md5(b"s7").hexdigest()))  # noqa: S324
LONG_LISTS = [
    {},
    {"label": "refer"},
    {"model_ref": "hiring-model@1.0.0"},
    {"model_ref": "consumer-credit-model@1.1.0", "label": "refer"},
    {"since": "recent"},
    {"until": "old", "label": "deny"},
    {"q": "app-00999"},
    {"q": "app-"},
    {"q": "app-", "label": "deny"},
    {"q": "trace-77777"},
    {"q": "00000000-0000-0000-0000-000000000001"},
    {"q": PSEUDONYM},
    {"subject": PSEUDONYM},
    {"subject": PSEUDONYM, "q": "app-"},
]


def test_every_page_of_a_long_list_is_read_by_an_index(fresh_db, many):
    now = datetime.now(UTC)
    times = {"recent": now - timedelta(days=1), "old": now - timedelta(days=60)}
    statements = Counter()
    with connection.execute_wrapper(statements):
        for changes in LONG_LISTS:
            changed = {name: times.get(value, value) for name, value in changes.items()}
            where = DecisionFilter(use_cases=CASES, **changed)
            first = queries.decisions(where, limit=50)
            assert first.results
            if first.next:
                second = queries.decisions(where, first.next, limit=50)
                queries.decisions(where, second.previous, limit=50)
    for statement in statements.statements:
        plan = "\n".join(line for (line,) in explain(statement))
        assert "Seq Scan on audit_decision" not in plan, plan
        assert "Seq Scan on audit_subject" not in plan, plan


MANY_LINES = """
WITH made AS (
  SELECT i, (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '70008000'
             || lpad(to_hex(i), 12, '0'))::uuid AS id, sha256(i::text::bytea) AS hash
  FROM generate_series(0, %s - 1) i
), entries AS (
  INSERT INTO audit_entry (id, header, leaf_hash)
  SELECT id, i::text::bytea || '{}', sha256('\\x00'::bytea || i::text::bytea || '{}') FROM made
), leaves AS (
  INSERT INTO audit_entry_leaf SELECT i, id, hash FROM made
)
INSERT INTO audit_line SELECT
  CASE WHEN i %% 1000 = 7 THEN '' WHEN i %% 9 = 0 THEN 'hiring' ELSE 'consumer-credit' END,
  CASE WHEN i %% 1000 = 7 THEN 'registry' WHEN i %% 5000 = 1 THEN 'erasure'
       WHEN i %% 2 = 0 THEN 'decision' ELSE 'explanation' END, i
FROM made"""


@pytest.fixture
def many_lines():
    with connection.cursor() as cursor:
        cursor.execute(MANY_LINES, [100_000])
        cursor.execute("INSERT INTO audit_place (name, next_index) VALUES ('lines', 100000)")


def test_every_page_of_the_log_is_read_by_an_index(fresh_db, many_lines):
    statements = Counter()
    with connection.execute_wrapper(statements):
        for kind in ("", "decision", "erasure", "registry", "nothing"):
            for use_cases in (None, frozenset(), frozenset({"hiring"}), CASES):
                where = LineFilter(use_cases, kind)
                first = queries.lines(where, limit=25)
                if first.page.next:
                    second = queries.lines(where, first.page.next, limit=25)
                    back = queries.lines(where, second.page.previous, limit=25)
                    assert back.page.results == first.page.results
    assert len(statements.statements) > 40
    for statement in statements.statements:
        plan = "\n".join(line for (line,) in explain(statement))
        # Of entries and leaves alike, and of every partition.
        assert not re.search("Seq Scan on audit_(line|entry)", plan), plan


def explain(statement: str) -> list[tuple[str]]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement.replace("%", "%%"), [])
        return cursor.fetchall()


@pytest.fixture
def many():
    with connection.cursor() as cursor:
        cursor.execute(HUNDRED_THOUSAND.replace("uuidv7_like(i)", "lpad(to_hex(i), 32, '0')::uuid"))
        cursor.execute(
            "INSERT INTO audit_subject (id, use_case, ref_index, wrapped_key, kek_id) "
            "SELECT md5('s' || i)::uuid, 'consumer-credit', sha256(i::text::bytea), 'x', 'k' "
            "FROM generate_series(1, 50000) i"
        )


# ------------------------------------------------------------------------------- counts and stories


def test_counts_by_label_and_day(db):
    day = START.date()
    decide_some(6)
    decide([decision_body(7, decided_at=(START - timedelta(days=2)).isoformat())])
    decide([decision_body(8, use_case="hiring", output={"score": 1.0})])
    settle()
    assert queries.counts_by_label(CASES, day) == [
        queries.LabelCount(CASE, "approve", 4),
        queries.LabelCount(CASE, "deny", 2),
        queries.LabelCount("hiring", "", 1),
    ]
    assert queries.counts_by_label([CASE], day - timedelta(days=9), day - timedelta(days=1)) == [
        queries.LabelCount(CASE, "approve", 1)
    ]
    assert queries.counts_by_day(CASES, day - timedelta(days=2)) == [
        queries.DayCount(day - timedelta(days=2), "approve", 1),
        queries.DayCount(day, "", 1),
        queries.DayCount(day, "approve", 4),
        queries.DayCount(day, "deny", 2),
    ]
    assert queries.counts_by_day([], day) == []


def test_rules_broken_are_counted_by_week_and_version(db):
    odd = PlainVoice(where=None, known=CASES, violations={"credit-risk@1.0.0": ("retired", "odd")})
    week = START.date() - timedelta(days=START.weekday())
    early = (START - timedelta(weeks=2)).isoformat()
    decide([decision_body(1), decision_body(2), decision_body(3, decided_at=early)], odd)
    decide([decision_body(4), decision_body(5, version="2.0.0")])
    settle()
    until = week + timedelta(weeks=1)
    assert queries.violations_by_week(CASE, "credit-risk@1.0.0", date(2020, 1, 6), until) == [
        (week - timedelta(weeks=2), "odd", 1),
        (week - timedelta(weeks=2), "retired", 1),
        (week, "odd", 2),
        (week, "retired", 2),
    ]
    assert len(queries.violations_by_week(CASE, "credit-risk@1.0.0", week, until)) == 2
    assert queries.violations_by_week(CASE, "credit-risk@2.0.0", date(2020, 1, 6), until) == []
    assert queries.violations_by_week("hiring", "credit-risk@1.0.0", date(2020, 1, 6), until) == []


def test_counts_fall_when_a_person_is_erased(db):
    line, _ = decide_some(2)
    settle()
    erase(actor="user:p", subject=subject_of(line), use_case=CASE, reason="request")
    assert queries.counts_by_label(CASES, START.date()) == [queries.LabelCount(CASE, "approve", 1)]


def test_the_timeline_tells_what_came_after_in_the_order_of_the_tree(db):
    line, other = decide_some(2)
    outcome = report(line)
    accesses.note(actor="user:a", purpose="why", entries=[line.id])
    accesses.fold()
    report(other)
    done = erase(actor="user:p", subject=subject_of(line), use_case=CASE, reason="request")
    settle()
    found = queries.timeline(line.id)
    assert [(entry.kind, entry.actor) for entry in found] == [
        ("outcome", "key:test"),
        ("access", "user:a"),
        ("erasure", "user:p"),
    ]
    assert (found[0].entry_id, found[2].entry_id) == (outcome.id, done.entry_id)
    assert [entry.leaf_index for entry in found] == sorted(entry.leaf_index for entry in found)
    assert queries.timeline(UUID(int=7)) == []


def test_outcomes_come_in_the_order_they_were_reported(db):
    (line,) = decide_some(1)
    report(line, 1, label="late", value=None, observed_at=(START + timedelta(days=1)).isoformat())
    second = report(line, 2, label="repaid")
    settle()
    found = queries.outcomes(line.id)
    assert [(o.outcome_id, o.label, o.value, o.source, o.observed_at) for o in found] == [
        ("out-1", "late", None, "ledger", START + timedelta(days=1)),
        ("out-2", "repaid", 1.0, "ledger", START),
    ]
    assert found[1].entry_id == second.id


# ---------------------------------------------------------------------------------- the log itself


def test_the_state_of_an_empty_log(db):
    state = queries.log_state()
    assert (state.size, state.checkpoint_size, state.unsequenced) == (0, None, 0)
    assert state.root == bytes.fromhex(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert (state.oldest_unsequenced_seconds, state.subjects_erased, state.poisoned) == (None, 0, 0)


def test_the_state_counts_what_waits_and_what_stands(fresh_db):
    lines = decide_some(5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.05)")
    waiting = queries.log_state()
    assert (waiting.size, waiting.unsequenced) == (0, 5)
    assert 0.05 < waiting.oldest_unsequenced_seconds < 30
    sequencer.catch_up()
    erase(actor="user:p", subject=subject_of(lines[0]), use_case=CASE, reason="request")
    accesses.note(actor="user:a", purpose="why", entries=[lines[1].id])
    state = queries.log_state()
    assert (state.size, state.checkpoint_size, state.unsequenced) == (5, 5, 1)
    assert state.checkpoint_root == state.root
    assert (datetime.now(UTC) - state.checkpoint_at) < timedelta(minutes=1)
    assert (state.subjects_erased, state.pending_accesses) == (1, 1)


def test_entries_are_listed_newest_leaf_first(db):
    lines = {line.id: line for line in decide_some(5)}
    settle()
    page = queries.entries(limit=3)
    assert [row.leaf_index for row in page.results] == [4, 3, 2]
    assert [row.raw for row in page.results] == [
        lines[row.header.id].header for row in page.results
    ]
    assert [row.leaf_hash for row in page.results] == [
        lines[row.header.id].leaf_hash for row in page.results
    ]
    rest = queries.entries(page.next, 3)
    assert [row.leaf_index for row in rest.results] == [1, 0]
    assert rest.next is None
    assert queries.entries(rest.previous, 3) == page


def test_a_header_somebody_changed_does_not_hide_the_others(fresh_db, cluster):
    lines = decide_some(2)
    sequencer.catch_up()
    with guards_down(cluster) as superuser:
        superuser.execute(
            "UPDATE audit_entry SET header = '{}', leaf_hash = sha256('\\x007b7d') WHERE id = %s",
            [lines[0].id],
        )
    found = {
        row.leaf_index: (row.header is None, row.raw == b"{}") for row in queries.entries().results
    }
    assert sorted(found.values()) == [(False, False), (True, True)]


def mix():
    for number in range(1, 13):
        here = CASE if number % 3 else "hiring"
        (line,) = decide([decision_body(number, use_case=here)])
        if here == CASE and number % 2:
            report(line, number)
        if number % 5 == 0:
            with transaction.atomic():
                append_many([Draft("registry", "", "user:a", b"{}")])
    settle()
    return [(row.leaf_index, row.header) for row in queries.entries(limit=200).results]


@pytest.fixture(scope="module")
def staged_mixture(cluster, template, django_db_blocker):
    with stage(cluster, template, django_db_blocker, mix) as staged:
        yield staged


@pytest.fixture
def mixed(db, staged_mixture):
    """Lines of several use cases and kinds, in turns; some about the installation."""
    with on(staged_mixture) as lines:
        yield lines


LINE_FILTERS = [
    LineFilter(),
    LineFilter(kind="decision"),
    LineFilter(kind="registry"),
    LineFilter(kind="nothing"),
    LineFilter(kind="zero\x00"),
    LineFilter(use_cases=frozenset()),
    LineFilter(use_cases=frozenset({"hiring"})),
    LineFilter(use_cases=CASES, kind="outcome"),
    LineFilter(use_cases=frozenset({"elsewhere"}), kind="decision"),
]


@pytest.mark.parametrize("where", LINE_FILTERS)
@pytest.mark.parametrize("limit", [1, 4, 200])
def test_lines_of_a_filter_come_once_each_and_the_pages_cover_every_leaf(mixed, where, limit):
    wanted = [
        index
        for index, header in mixed
        if (where.use_cases is None or header.use_case in {"", *where.use_cases})
        and where.kind in {"", header.kind}
    ]
    seen, covered, pages, cursor = [], [], [], None
    while True:
        found = queries.lines(where, cursor, limit)
        pages.append(found)
        seen += [row.leaf_index for row in found.page.results]
        covered += range(found.newest, found.oldest - 1, -1)
        cursor = found.page.next
        if cursor is None:
            break
    assert seen == wanted
    assert covered == [index for index, _ in mixed]
    if len(pages) > 1:
        assert queries.lines(where, pages[1].page.previous, limit).page.results == (
            pages[0].page.results
        )


def test_going_back_covers_what_came_meanwhile(mixed):
    where = LineFilter(kind="registry")
    second = queries.lines(where, queries.lines(where, limit=1).page.next, 1)
    with transaction.atomic():
        append_many([Draft("registry", "", "user:a", b"{}")])
    decide_some(2, first=50)
    settle()
    back = queries.lines(where, second.page.previous, 5)
    size = len(mixed) + 3
    assert back.page.results[0].leaf_index == len(mixed)
    assert (back.newest, back.page.previous) == (size - 1, None)


def test_an_entry_with_a_damaged_body_is_still_among_the_lines(fresh_db, cluster):
    lines = decide_some(3)
    sequencer.catch_up()
    with guards_down(cluster) as superuser:
        superuser.execute("DELETE FROM audit_entry_body WHERE id = %s", [lines[1].id])
    settle()
    assert [entry.place for entry in queries.poisoned()] == ["project"]
    listed_lines = queries.lines(LineFilter(kind="decision")).page.results
    assert {row.header.id for row in listed_lines} == {line.id for line in lines}


def test_a_list_of_lines_nobody_noted_yet_covers_nothing(db):
    decide_some(2)
    found = queries.lines(LineFilter(kind="decision"))
    assert (found.page.results, found.newest, found.oldest) == ([], None, None)


@pytest.mark.parametrize("cursor", ["WzFd", "x", "W2ZhbHNlLCJhIl0"])
def test_forged_cursors_of_lines_are_refused(mixed, cursor):
    with pytest.raises(queries.BadCursor):
        queries.lines(LineFilter(kind="decision"), cursor)


def test_checkpoints_are_listed_newest_first(db):
    with connection.cursor() as cursor:
        for size in (1, 5, 9):
            cursor.execute(
                "INSERT INTO audit_checkpoint (size, root, note) VALUES (%s, sha256(''), %s)",
                [size, f"note {size}"],
            )
    page = queries.checkpoints(limit=2)
    assert [(row.size, row.note) for row in page.results] == [(9, "note 9"), (5, "note 5")]
    assert [row.size for row in queries.checkpoints(page.next, 2).results] == [1]


def test_poison_is_visible(db):
    decide_some(2)
    sequencer.Sequencer().step()

    def refuse(entries):
        raise Unfit("Not today.")

    places.advance("f", 10, refuse)
    assert [(p.place, p.leaf_index, p.error) for p in queries.poisoned()] == [
        ("f", 1, "Not today."),
        ("f", 0, "Not today."),
    ]
    assert queries.log_state().poisoned == 2
    assert isinstance(queries.poisoned(1)[0].entry_id, UUID)
