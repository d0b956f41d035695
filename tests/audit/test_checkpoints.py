import base64
import errno
import itertools
import os
import resource
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.checkpoints import Conflict, FileStore, StoreFault, _sentence, size_of
from audit.crashpoint import ALLOW, STEP
from tests.audit.lines import in_child


def note(size: int, text: str = "") -> str:
    root = base64.b64encode(sha256(f"{size}{text}".encode()).digest()).decode()
    return f"example.org/log\n{size}\n{root}\n\n— example.org/log c2lnbmF0dXJl\n"


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "public")


def publish(store: FileStore, *sizes: int) -> None:
    for size in sizes:
        store.put(store.latest(), note(size))


def test_an_empty_store_holds_nothing(store: FileStore) -> None:
    assert store.latest() is None
    assert list(store.history()) == []


def test_it_holds_the_latest_and_all_before(store: FileStore) -> None:
    publish(store, 0, 5, 9)
    assert store.latest() == note(9)
    assert list(store.history()) == [note(0), note(5), note(9)]
    assert FileStore(store._folder).latest() == note(9)


def test_only_whoever_knows_the_latest_may_replace_it(store: FileStore) -> None:
    publish(store, 5)
    for wrong in (None, note(4), note(5, "other")):
        with pytest.raises(Conflict):
            store.put(wrong, note(6))
    assert list(store.history()) == [note(5)]


def test_a_first_checkpoint_is_not_published_over_another(store: FileStore) -> None:
    publish(store, 5)
    with pytest.raises(Conflict):
        FileStore(store._folder).put(None, note(1))


@pytest.mark.parametrize("torn", [b"exam", note(7).encode(), note(7).encode()[:-3] + b"\0\0\0"])
def test_a_torn_record_is_left_out_and_written_over(store: FileStore, torn: bytes) -> None:
    publish(store, 5, 6)
    (segment,) = (store._folder / "history").iterdir()
    with open(segment, "ab") as file:
        file.write(torn)
    assert list(store.history()) == [note(5), note(6)]
    publish(store, 8, 9)
    assert list(store.history()) == [note(5), note(6), note(8), note(9)]
    assert segment.read_bytes() == b"".join(note(size).encode() + b".\n" for size in (5, 6, 8))


def test_a_history_grows_by_files_of_a_megabyte(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.checkpoints.SEGMENT_BYTES", 300)
    publish(store, *range(10))
    names = sorted(path.name for path in (store._folder / "history").iterdir())
    assert names == [f"{n:08}-{size}.notes" for n, size in enumerate(range(0, 9, 4))]
    assert [size_of(one) for one in store.history()] == list(range(10))


@pytest.mark.parametrize("point", ["after-history", "before-rename", "after-rename"])
def test_a_crash_leaves_the_old_or_the_new_and_loses_neither(store: FileStore, point: str) -> None:
    publish(store, 1, 2)
    status = in_child(lambda: store.put(note(2), note(3)), **{STEP: point, ALLOW: "1"})
    assert status == -9
    latest = store.latest()
    assert latest == (note(3) if point == "after-rename" else note(2))
    expected = [1, 2] if latest == note(2) else [1, 2, 3]
    assert [size_of(one) for one in store.history()] == expected
    publish(store, 4, 5)
    assert [size_of(one) for one in store.history()] == [*expected, 4, 5]


def test_a_crash_point_alone_does_nothing(store: FileStore) -> None:
    assert in_child(lambda: publish(store, 1), **{STEP: "after-rename"}) == 0
    assert store.latest() == note(1)


def test_of_many_publishers_each_step_has_one_winner(store: FileStore) -> None:
    publish(store, 0)
    workers, each = 4, 25

    def compete() -> None:
        won = 0
        while won < each:
            held = store.latest()
            try:
                store.put(held, note(size_of(held) + 1, f"by {os.getpid()}"))
                won += 1
            except Conflict:
                continue

    pids = []
    for _ in range(workers):
        if (pid := os.fork()) == 0:
            try:
                compete()
                os._exit(0)
            finally:
                os._exit(1)
        pids.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * workers
    assert size_of(store.latest()) == workers * each
    assert [size_of(one) for one in store.history()] == list(range(workers * each + 1))


def test_a_full_disk_is_named_and_nothing_is_lost(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, *range(5))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    (segment,) = (store._folder / "history").iterdir()
    # Room for half a record: the kernel writes what fits, as a full disk does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (segment.stat().st_size + 50, hard))
    try:
        with pytest.raises(StoreFault, match="File too large"):
            store.put(note(4), note(5))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.latest() == note(4)
    assert [size_of(one) for one in store.history()] == [0, 1, 2, 3, 4]
    publish(store, 5, 6)
    assert [size_of(one) for one in store.history()] == [0, 1, 2, 3, 4, 5, 6]


def test_no_space_left_says_what_to_do() -> None:
    said = _sentence(Path("/public"), OSError(errno.ENOSPC, "No space left on device"))
    assert said == "The disk of the checkpoint store /public is full; free some space."


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "public").write_text("a file where the folder should be")
    store = FileStore(tmp_path / "public")
    with pytest.raises(StoreFault, match="cannot be"):
        store.put(None, note(1))


def test_bytes_that_are_no_text_are_named(store: FileStore) -> None:
    publish(store, 1)
    (store._folder / "checkpoint").write_bytes(b"\xff\xfe")
    with pytest.raises(StoreFault, match="cannot be read"):
        store.latest()


def test_the_lock_of_another_process_is_waited_for_and_then_named(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.checkpoints._PATIENCE", 0.05)
    publish(store, 1)
    with store._locked(), pytest.raises(StoreFault, match="Another process"):
        FileStore(store._folder).put(note(1), note(2))


@pytest.mark.parametrize("text", ["", "x", "x\n", "x\n-1\n", "x\n१\n", "x\n1.5\n"])
def test_what_is_no_checkpoint_has_no_size(text: str) -> None:
    with pytest.raises(StoreFault):
        size_of(text)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200)), max_size=12))
def test_whatever_a_crash_leaves_at_the_end_no_published_note_is_lost(
    steps: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = FileStore(tmp_path_factory.mktemp("store"))
    published = []
    counter = itertools.count()
    for kind, amount in steps:
        segments = store._segments()
        if kind == 0 and segments:
            with open(segments[-1], "ab") as file:
                file.write(os.urandom(amount))
        elif kind == 1:
            store = FileStore(store._folder)
        else:
            published.append(note(next(counter)))
            store.put(store.latest(), published[-1])
    assert list(store.history()) == published
