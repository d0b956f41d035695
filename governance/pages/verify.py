"""The page that checks one entry in the reader's browser: what the script starts from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse

from audit.header import Header
from governance.pages import formats
from governance.pages.entries import KINDS
from governance.pages.pieces import Fact

PROOF: Final = "/api/v1/log/proofs/inclusion"
CONSISTENCY: Final = "/api/v1/log/proofs/consistency"
KEYS: Final = "/api/v1/log/keys"


@dataclass(frozen=True, slots=True)
class Step:
    """_steps.html; every step begins idle, and only the script in the browser moves it."""

    key: str
    title: str
    text: str
    state: str = "idle"
    word: str = "not checked"
    details: str = ""


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """The ``_url``s are what the script fetches; ``body_url`` is empty for who may not have the body."""

    entry_id: str
    title: str
    header: str
    leaf_hash: str
    proof_url: str
    keys_url: str
    consistency_url: str
    body_url: str
    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]
    held_steps: tuple[Step, ...]


STEPS: Final = (
    Step(
        "fetch", "Fetch", "Header, proof, checkpoint and key, as the log's public doors give them."
    ),
    Step("leaf", "Leaf", "SHA-256 of a zero byte and the header must be the leaf hash."),
    Step("path", "Path", "Hash with each sibling, left or right, up to the root (RFC 9162)."),
    Step("root", "Root", "The root computed here must be the one in the checkpoint."),
    Step("signature", "Signature", "Ed25519 over the checkpoint, by the key of this log."),
)
BODY: Final = Step(
    "body", "Body", "The stored bytes must have the digest that stands in the header."
)
HELD: Final = Step(
    "held", "Continuation", "The log of now must begin with the tree your checkpoint signs."
)


def verify_page(
    header: Header, raw: bytes, leaf_hash: bytes, leaf_index: int | None, *, actor: str, body: bool
) -> VerifyPage:
    """``body``: whether the reader may fetch the stored bytes to compare their digest."""
    return VerifyPage(
        entry_id=str(header.id),
        title=KINDS.get(header.kind, header.kind),
        header=raw.decode(),
        leaf_hash=leaf_hash.hex(),
        proof_url=f"{PROOF}?entry={header.id}",
        keys_url=KEYS,
        consistency_url=CONSISTENCY,
        body_url=reverse("log-body", args=[header.id]) if body else "",
        facts=_facts(header, leaf_index, actor),
        steps=(*STEPS, BODY) if body else STEPS,
        held_steps=(HELD,),
    )


def _facts(header: Header, leaf_index: int | None, actor: str) -> tuple[Fact, ...]:
    place = formats.count(leaf_index) if leaf_index is not None else "Not yet placed"
    entry_id = str(header.id)
    facts = [
        Fact("Kind", KINDS.get(header.kind, header.kind)),
        Fact("Leaf", place),
        Fact("Use case", header.use_case or "The installation"),
        Fact("Model version", header.model_ref or formats.NONE),
        Fact("By", actor, header.actor if actor != header.actor else ""),
        Fact("Recorded", formats.moment(datetime.fromisoformat(header.recorded_at))),
        Fact("Entry", "", code=entry_id, short=f"{entry_id[:8]}…{entry_id[-4:]}"),
        Fact("Body", formats.plural(header.body_len, "byte"), _sealing(header)),
    ]
    if header.subject:
        subject = str(header.subject)
        short = f"{subject[:8]}…{subject[-4:]}"
        facts.append(
            Fact("Pseudonym", "", "names a data key, not a person", code=subject, short=short)
        )
    if header.ref:
        url = reverse("log-verify", args=[header.ref])
        facts.append(Fact("About", "The entry it is about", url=url))
    return tuple(facts)


def _sealing(header: Header) -> str:
    if header.body_alg == "none":
        return "not sealed: it holds nothing personal"
    return "sealed with the data key of its person"
