"""Notes against Go's vectors and every malformed shape its reader refuses."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import checkpoint, merkle
from audit.checkpoint import Checkpoint, NoteError, OpenedNote, Signature, VerifierKey
from tests.audit import vectors

SIGN, PUBLIC = checkpoint.ed25519_signer(bytes(range(32)))
WITNESS, WITNESS_PUBLIC = checkpoint.ed25519_signer(bytes(range(1, 33)))
NAME = "log.example.org/main"
KEY = VerifierKey.of(NAME, PUBLIC)
WITNESS_KEY = VerifierKey.of("witness.example.org", WITNESS_PUBLIC, checkpoint.COSIGNATURE_V1)
CHECKPOINT = Checkpoint(NAME, 20_852_163, merkle.leaf_hash(b"root"))
NOTE = checkpoint.sign_note(CHECKPOINT.text(), NAME, SIGN, PUBLIC)


def cosigned(timestamp: int = 1_679_315_147) -> str:
    line = checkpoint.cosign(NOTE, WITNESS_KEY.name, WITNESS, WITNESS_PUBLIC, timestamp)
    return checkpoint.add_signature(NOTE, line)


# ------------------------------------------------------------------------------------------ vectors


@pytest.fixture
def go():
    return vectors.load("note/vectors.json")["go_sumdb_note"]


@vectors.needs_vectors
def test_go_note_is_signed_to_the_byte(go):
    secret = base64.b64decode(go["skey"].split("+", 4)[4])[1:]
    sign, public = checkpoint.ed25519_signer(secret)
    note = checkpoint.sign_note(go["text"], "PeterNeumann", sign, public)

    assert note == go["text"] + "\n" + go["sig1"]
    assert str(VerifierKey.of("PeterNeumann", public)) == go["vkey"]


@vectors.needs_vectors
def test_go_note_is_opened(go):
    first, second = VerifierKey.parse(go["vkey"]), VerifierKey.parse(go["vkey2"])
    note = go["text"] + "\n" + go["sig1"] + go["sig2"]
    by_first = Signature("PeterNeumann", first.key_id, None)
    by_second = Signature("EnochRoot", second.key_id, None)

    assert checkpoint.open_note(note, [first]) == OpenedNote(
        go["text"], (by_first,), (go["sig2"].rstrip("\n"),)
    )
    assert checkpoint.open_note(note.encode(), [second, first]) == OpenedNote(
        go["text"], (by_first, by_second), ()
    )
    # Repeated lines count once, as in Go.
    doubled = note + go["sig1"] + go["sig2"]
    assert checkpoint.open_note(doubled, [first]) == checkpoint.open_note(note, [first])


@vectors.needs_vectors
def test_go_refuses_these_keys(go):
    for vkey in go["bad_vkeys"]:
        with pytest.raises(NoteError):
            VerifierKey.parse(vkey)


@vectors.needs_vectors
def test_the_example_of_the_specification():
    example = vectors.load("note/vectors.json")["c2sp_example"]
    key = VerifierKey.parse(example["vkey"])
    assert str(key) == example["vkey"]
    assert checkpoint.open_note(example["note"], [key]) == OpenedNote(
        "This is an example message.\n", (Signature("example.com/foo", key.key_id, None),), ()
    )


@vectors.needs_vectors
def test_the_tree_of_the_go_checksum_database():
    known = vectors.load("note/vectors.json")["sumdb_tree"]
    parsed = Checkpoint.parse(known["text"])
    assert parsed == Checkpoint(
        "go.sum database tree", 123_456_789_012, merkle.leaf_hash(known["leaf"].encode())
    )
    assert parsed.text() == known["text"]


# --------------------------------------------------------------------------------------------- keys


@pytest.mark.parametrize("key", [KEY, WITNESS_KEY])
def test_a_verifier_key_survives_its_text(key):
    assert VerifierKey.parse(str(key)) == key


def _vkey(name: str = NAME, id_: str = KEY.key_id.hex(), material: bytes = b"\x01" + PUBLIC) -> str:
    return f"{name}+{id_}+{base64.b64encode(material).decode()}"


@pytest.mark.parametrize(
    ("vkey", "sentence"),
    [
        ("", "reads name"),
        (f"{NAME}+{KEY.key_id.hex()}", "reads name"),
        (_vkey(id_=KEY.key_id.hex().upper()), "reads name"),
        (_vkey(id_="00" + KEY.key_id.hex()), "reads name"),
        (_vkey(id_="00000000"), "another name or key"),
        (_vkey(name="log.example.org/other"), "another name or key"),
        (_vkey(name=""), "not empty"),
        (_vkey(name="a b"), "not empty"),
        (_vkey(name="a\u2003b"), "not empty"),
        (_vkey(material=b""), "algorithm unknown"),
        (_vkey(material=b"\x02" + PUBLIC), "algorithm unknown"),
        (_vkey(material=b"\x01" + PUBLIC[:31]), "32 bytes"),
        (_vkey() + "=", "base64"),
        (_vkey()[:-1], "base64"),
        (_vkey().replace("+", "-"), "reads name"),
    ],
)
def test_a_malformed_verifier_key_is_refused(vkey, sentence):
    with pytest.raises(NoteError, match=sentence):
        VerifierKey.parse(vkey)


def test_two_keys_under_one_name_and_id_are_refused():
    other = VerifierKey(KEY.name, KEY.key_id, KEY.algorithm, WITNESS_PUBLIC)
    with pytest.raises(NoteError, match="Two different keys"):
        checkpoint.open_note(NOTE, [KEY, other])
    assert checkpoint.open_note(NOTE, [KEY, KEY]).text == CHECKPOINT.text()


# -------------------------------------------------------------------------------------------- notes


def test_a_note_names_who_signed_it():
    opened = checkpoint.open_note(NOTE, [KEY, WITNESS_KEY])
    assert opened == OpenedNote(CHECKPOINT.text(), (Signature(NAME, KEY.key_id, None),), ())


def test_a_cosignature_carries_its_time():
    opened = checkpoint.open_note(cosigned(), [KEY, WITNESS_KEY])
    assert opened.signatures == (
        Signature(NAME, KEY.key_id, None),
        Signature(WITNESS_KEY.name, WITNESS_KEY.key_id, 1_679_315_147),
    )


def test_a_cosignature_is_over_its_time_and_the_checkpoint():
    line = cosigned().removeprefix(NOTE)
    material = base64.b64decode(line.split(" ")[2])
    assert material[:4] == WITNESS_KEY.key_id
    assert material[4:12] == (1_679_315_147).to_bytes(8)
    assert material[12:] == WITNESS(
        b"cosignature/v1\ntime 1679315147\n" + CHECKPOINT.text().encode()
    )
    later = material[:4] + (1_679_315_148).to_bytes(8) + material[12:]
    forged = f"\u2014 {WITNESS_KEY.name} {base64.b64encode(later).decode()}\n"
    with pytest.raises(NoteError, match="does not hold"):
        checkpoint.open_note(checkpoint.add_signature(NOTE, forged), [WITNESS_KEY])


def test_a_witness_signs_checkpoints_only():
    note = checkpoint.sign_note("no checkpoint\n", NAME, SIGN, PUBLIC)
    with pytest.raises(NoteError, match="at least three lines"):
        checkpoint.cosign(note, WITNESS_KEY.name, WITNESS, WITNESS_PUBLIC, 1)


def test_a_plain_signature_does_not_pass_for_a_cosignature():
    key = VerifierKey.of(NAME, PUBLIC, checkpoint.COSIGNATURE_V1)
    plain = base64.b64encode(key.key_id + SIGN(CHECKPOINT.text().encode())).decode()
    note = f"{CHECKPOINT.text()}\n\u2014 {NAME} {plain}\n"
    with pytest.raises(NoteError, match="does not hold"):
        checkpoint.open_note(note, [key])
    short = base64.b64encode(key.key_id + bytes(8)).decode()
    with pytest.raises(NoteError, match="too short"):
        checkpoint.open_note(f"{CHECKPOINT.text()}\n\u2014 {NAME} {short}\n", [key])


def test_a_signature_line_is_added_once():
    line = cosigned().removeprefix(NOTE)
    assert checkpoint.add_signature(cosigned(), line) == cosigned()
    for malformed in [line[:-1], line + line, "\n" + line, line[1:], "\n"]:
        with pytest.raises(NoteError):
            checkpoint.add_signature(NOTE, malformed)


def test_a_bad_signature_by_a_known_key_spoils_the_note():
    other = checkpoint.sign_note(CHECKPOINT.text() + "more\n", NAME, SIGN, PUBLIC)
    line = other.rsplit("\n\n", 1)[1]
    spoilt = f"{cosigned().removesuffix(NOTE)}{line}"
    with pytest.raises(NoteError, match="does not hold"):
        checkpoint.open_note(f"{CHECKPOINT.text()}\n{line}", [KEY])
    assert checkpoint.open_note(spoilt, [KEY]).text == CHECKPOINT.text()  # a repeat is not read


def test_a_note_that_nobody_known_signed_is_refused():
    with pytest.raises(NoteError, match="None of the given keys"):
        checkpoint.open_note(NOTE, [])
    with pytest.raises(NoteError, match="None of the given keys"):
        checkpoint.open_note(NOTE, [WITNESS_KEY])


LINE = NOTE.rsplit("\n\n", 1)[1]
MATERIAL = LINE.split(" ")[2].rstrip("\n")


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n" + LINE,
        "text\n\n" + LINE[:-1],
        "text\n\n" + LINE + "\n",
        "text\n\n" + LINE + "garbage\n",
        "text\n\n" + LINE.replace("\u2014", "-"),
        "text\n\n" + LINE.replace("\u2014 ", "\u2014"),
        "text\n\n" + LINE.replace(" ", "  "),
        "text\n\n" + LINE.replace("\u2014 ", "\u2014  "),
        "text\n\n" + LINE.replace("\n", " \n"),
        "text\n\n" + LINE.replace(NAME, "a+b"),
        "text\n\n" + LINE.replace(NAME, "a\u00a0b"),
        "text\n\n" + LINE.replace(NAME + " ", " "),
        f"text\n\n\u2014 {NAME} \n",
        f"text\n\n\u2014 {NAME}\n",
        f"text\n\n\u2014 {NAME} {MATERIAL}!\n",
        f"text\n\n\u2014 {NAME} {MATERIAL}=\n",
        f"text\n\n\u2014 {NAME} {MATERIAL.rstrip('=')}\n",
        f"text\n\n\u2014 {NAME} AAAAAA==\n",
        f"text\n\n\u2014 {NAME} AAAAAAB=\n",  # stray bits before the padding
        f"text\n\n\u2014 {NAME} {MATERIAL[:8]}\u00e9{MATERIAL[8:]}\n",
        "te\x00xt\n\n" + LINE,
        "te\rxt\n\n" + LINE,
        "te\txt\n\n" + LINE,
        "text\n\n" + LINE * 101,
        "x" * 1_000_000 + "\n\n" + LINE,
        "te\ud800xt\n\n" + LINE,
        b"te\xffxt\n\n" + LINE.encode(),
    ],
    ids=range(30),
)
def test_a_malformed_note_is_refused(note):
    with pytest.raises(NoteError) as refusal:
        checkpoint.open_note(note, [KEY])
    assert "None of the given keys" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [("", NAME), ("text", NAME), ("te\rxt\n", NAME), ("text\n", ""), ("text\n", "a+b")],
)
def test_what_cannot_be_signed(text, name):
    with pytest.raises(NoteError):
        checkpoint.sign_note(text, name, SIGN, PUBLIC)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_no_change_of_a_note_passes(data):
    """Whatever is done to the bytes: a NoteError, or the text that was signed."""
    raw = bytearray(cosigned().encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(["set", "cut", "insert", "copy"])):
            case "set":
                raw[at] = data.draw(st.integers(0, 255))
            case "cut":
                del raw[at : at + data.draw(st.integers(1, 40))]
            case "insert":
                raw[at:at] = data.draw(
                    st.sampled_from([b"\n", b"\n\n", b" ", b"\xe2\x80\x94 ", b"A"])
                )
            case _:
                raw[at:at] = raw[at : at + data.draw(st.integers(1, 80))]
        if not raw:
            break
    try:
        opened = checkpoint.open_note(bytes(raw), [KEY])
    except NoteError:
        return
    assert opened.text == CHECKPOINT.text()


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_noise_is_refused_politely(noise):
    with pytest.raises(NoteError):
        checkpoint.open_note(noise, [KEY])


# -------------------------------------------------------------------------------------- checkpoints


@given(
    st.text(st.characters(codec="utf-8", min_codepoint=0x20), min_size=1, max_size=20),
    st.integers(0, checkpoint.MAX_SIZE),
    st.binary(min_size=32, max_size=32),
)
def test_a_checkpoint_survives_its_text(origin, size, root):
    value = Checkpoint(origin, size, root)
    assert Checkpoint.parse(value.text()) == value


def test_extension_lines_are_kept():
    value = Checkpoint(NAME, 0, merkle.EMPTY_ROOT, ("one", "two"))
    assert value.text() == f"{NAME}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\none\ntwo\n"
    assert Checkpoint.parse(value.text()) == value


ROOT = base64.b64encode(merkle.EMPTY_ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{NAME}\n1\n",
        f"{NAME}\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"{NAME}\n\n{ROOT}\n",
        f"{NAME}\n01\n{ROOT}\n",
        f"{NAME}\n+1\n{ROOT}\n",
        f"{NAME}\n-1\n{ROOT}\n",
        f"{NAME}\n1_0\n{ROOT}\n",
        f"{NAME}\n 1\n{ROOT}\n",
        f"{NAME}\n\u0661\n{ROOT}\n",
        f"{NAME}\n{2**63}\n{ROOT}\n",
        f"{NAME}\n{10**30}\n{ROOT}\n",
        f"{NAME}\n1\n{ROOT[:-1]}\n",
        f"{NAME}\n1\n{ROOT[:-2]}V=\n",  # the same 32 bytes, spelt with stray bits
        f"{NAME}\n1\n{ROOT} \n",
        f"{NAME}\n1\n{base64.b64encode(bytes(31)).decode()}\n",
        f"{NAME}\n1\n{ROOT}\n\n",
        f"{NAME}\n1\n{ROOT}\n\nx\n",
        f"{NAME}\r\n1\n{ROOT}\n",
    ],
    ids=range(21),
)
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        Checkpoint.parse(text)
