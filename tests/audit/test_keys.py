"""The key files: made once, whole, closed to others, and never made anew beside an old log."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import decisions, envelope, keys
from tests.audit.statements import decision, raw
from tests.audit.voices import PlainVoice

ORIGIN = "log.example/test"


@pytest.fixture
def folder(tmp_path: Path, settings: object) -> Path:
    settings.AUDIT_KEYS = tmp_path / "keys"
    settings.AUDIT_ORIGIN = ORIGIN
    return tmp_path / "keys"


@pytest.mark.django_db
def test_the_first_use_makes_three_secrets_for_their_owner_only(folder: Path) -> None:
    keys.key_store()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == dict.fromkeys(keys.NAMES, 0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len({path.read_text() for path in folder.iterdir()}) == 3


@pytest.mark.django_db
def test_a_second_opening_reads_the_same_keys(folder: Path) -> None:
    first = keys.key_store()
    second = keys.FileKeys(folder, ORIGIN)
    assert (second.kek_id, second.index_key, second.public) == (
        first.kek_id,
        first.index_key,
        first.public,
    )
    dek = envelope.new_key()
    assert second.unwrap(first.kek_id, first.wrap(dek)) == dek


@pytest.mark.django_db
def test_signatures_verify_under_the_public_key_and_repeat(folder: Path) -> None:
    store = keys.key_store()
    signature = store.sign(b"a message")
    Ed25519PublicKey.from_public_bytes(store.public).verify(signature, b"a message")
    assert store.sign(b"a message") == signature
    assert store.verifier_key.name == ORIGIN
    assert store.key_id == store.verifier_key.key_id.hex()


def test_of_many_makers_at_once_one_wins_and_all_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: keys._make(path), range(64)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]
    assert len(bytes.fromhex(path.read_text())) == 32


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_open_to_others_is_refused(folder: Path, mode: int) -> None:
    keys.key_store()
    (folder / keys.KEK).chmod(mode)
    with pytest.raises(keys.KeyFault, match="chmod 600"):
        keys.FileKeys(folder, ORIGIN)


@pytest.mark.django_db
@pytest.mark.parametrize("content", ["", "zz", "abcd", "ab" * 33])
def test_a_damaged_file_is_refused(folder: Path, content: str) -> None:
    keys.key_store()
    (folder / keys.LOOKUP).write_text(content)
    with pytest.raises(keys.KeyFault, match="damaged"):
        keys.FileKeys(folder, ORIGIN)


@pytest.mark.django_db
def test_a_key_wrapped_under_another_kek_is_named(folder: Path) -> None:
    store = keys.key_store()
    with pytest.raises(keys.KeyFault, match=f"0123.*{store.kek_id}"):
        store.unwrap("0123", store.wrap(envelope.new_key()))


@pytest.mark.django_db
def test_lost_keys_are_not_replaced_beside_a_log_that_has_entries(folder: Path) -> None:
    decisions.record(voice=PlainVoice(), raw=raw(decision()))
    for name in keys.NAMES:
        os.rename(folder / name, folder / f"lost-{name}")
    keys._opened.cache_clear()
    with pytest.raises(keys.KeyFault, match="Put the keys back"):
        keys.key_store()
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"lost-{n}" for n in keys.NAMES)


def test_a_first_request_beside_another_that_is_quicker(
    fresh_db: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other makes the keys and writes an entry between our two looks: that is no lost key."""
    begun = keys._log_has_begun

    def meanwhile() -> bool:
        monkeypatch.setattr(keys, "_log_has_begun", begun)
        decisions.record(voice=PlainVoice(), raw=raw(decision()))
        keys._opened.cache_clear()
        return begun()

    monkeypatch.setattr(keys, "_log_has_begun", meanwhile)
    store = keys.key_store()
    assert store.kek_id == keys.FileKeys(folder, ORIGIN).kek_id


@pytest.mark.django_db
def test_a_first_start_that_was_cut_short_is_finished(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    keys._make(folder / keys.KEK)
    kek = (folder / keys.KEK).read_text()
    keys.key_store()
    assert (folder / keys.KEK).read_text() == kek
    assert {path.name for path in folder.iterdir()} == set(keys.NAMES)
