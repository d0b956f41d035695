"""The demonstration checks itself by the public API, with the log's own mathematics and nothing else of the service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from audit.checkpoint import Checkpoint, VerifierKey, open_note
from audit.header import parse
from audit.merkle import check_inclusion, leaf_hash
from governance.demo.applications import FEATURES
from governance.demo.client import ApiRefusal, Client
from governance.demo.decisions import USE_CASE
from governance.demo.playing import shown_first, state

Check = tuple[str, Callable[[], None]]


class CheckFailed(Exception):
    """The demonstration is not what it should be; the text says how."""


def need(held: bool, sentence: str) -> None:
    if not held:
        raise CheckFailed(sentence)


def checks(client: Client, sent: list[dict[str, Any]]) -> Iterator[Check]:
    """Each check with its title; it raises CheckFailed."""
    denied = shown_first(sent)
    yield "every decision is in the log, once", lambda: every_decision(client, sent)
    yield "its receipt verifies offline", lambda: receipt_verifies(client, denied)
    yield "a repeat gives the same receipt", lambda: repeat_is_same(client, denied)
    yield "another body under the same id is refused", lambda: other_body_refused(client, denied)
    yield "every decision is explained", lambda: every_explained(client, sent)
    yield "the explanation adds up to the score", lambda: adds_up(client, denied)
    yield "a denial has principal reasons", lambda: has_reasons(client, denied)
    yield "it says what would have changed the outcome", lambda: has_recourse(client, denied)
    yield "its artefact gives the outcome again", lambda: replays(client, denied)
    yield "parts of later releases are named, not faked", lambda: nothing_faked(client, denied)


def every_decision(client: Client, sent: list[dict[str, Any]]) -> None:
    seen: list[str] = []
    page = client.get("decisions", use_case=USE_CASE, limit="200")
    while True:
        seen += [row["id"] for row in page["results"]]
        if not page["next"]:
            break
        page = client.send("GET", page["next"].partition("/api/v1/")[2])
    need(len(seen) == len(set(seen)), "A decision is listed twice.")
    missing = {row["id"] for row in sent} - set(seen)
    need(not missing, f"{len(missing)} decisions are missing, {sorted(missing)[:3]} among them.")


def receipt_verifies(client: Client, decision: dict[str, Any]) -> None:
    receipt = client.get(f"decisions/{decision['id']}/receipt")
    included = receipt["included"]
    header = receipt["header"].encode()
    keys = [VerifierKey.parse(key["vkey"]) for key in client.get("log/keys")["checkpoint_keys"]]
    checkpoint = Checkpoint.parse(open_note(included["checkpoint"], keys).text)
    need(str(parse(header).id) == receipt["entry_id"], "The header is another entry's.")
    proof = [bytes.fromhex(node) for node in included["hashes"]]
    leaf = leaf_hash(header)
    check_inclusion(included["leaf_index"], checkpoint.size, leaf, proof, checkpoint.root)


def repeat_is_same(client: Client, decision: dict[str, Any]) -> None:
    first, again = (client.post("decisions", decision)["receipt"] for _ in range(2))
    need(first == again, "A repeat was given another receipt.")


def other_body_refused(client: Client, decision: dict[str, Any]) -> None:
    try:
        client.post("decisions", {**decision, "role_of_ai": "advisory"})
    except ApiRefusal as refusal:
        need(refusal.status == 409, f"Expected 409, got {refusal.status}.")
        return
    raise CheckFailed("Another body under a used id was accepted.")


def every_explained(client: Client, sent: list[dict[str, Any]], within: float = 120.0) -> None:
    """Each one in turn; the last batches may still be at it."""
    deadline = time.monotonic() + within
    for row in sent:
        while (found := state(client, row["id"])) != "ready":
            need(found == "pending", f"The explanation of {row['id']} is {found}.")
            need(time.monotonic() < deadline, f"{row['id']} is not explained after {within:.0f} s.")
            time.sleep(0.2)


def adds_up(client: Client, decision: dict[str, Any]) -> None:
    answer = client.get(f"decisions/{decision['id']}/why", audience="reviewer")
    part = answer["explanation"]
    total = part["base"] + sum(row["phi"] for row in part["attributions"])
    need(abs(total - part["output"]) < 1e-9, f"base + Σφ = {total}, output = {part['output']}.")
    need(len(part["attributions"]) == len(FEATURES), "A feature has no attribution.")
    need(answer["quality"]["reproduced"], "The artefact does not reproduce the recorded score.")
    need(answer["lime"]["state"] == "ready", "LIME is missing.")


def has_reasons(client: Client, decision: dict[str, Any]) -> None:
    answer = client.get(f"decisions/{decision['id']}/why", audience="subject", lang="de")
    need(bool(answer["reasons"]["items"]), "A denial has no principal reason.")
    need(answer["decision"]["score"] is None, "The person concerned is shown the score.")


def has_recourse(client: Client, decision: dict[str, Any], within: float = 60.0) -> None:
    """Each answer turns the outcome when the model is asked, which the service did; here: that it says so."""
    part = settled(client, decision, "recourse", within)
    need(part["state"] in ("ready", "none"), f"Recourse is {part['state']}: {part['detail']}")
    for answer in part["answers"]:
        need(answer["probability"] < part["threshold"], "An answer does not turn the outcome.")
        for change in answer["changes"]:
            recorded = decision["features"][change["feature"]]
            need(change["before"] == recorded, "An answer starts from another value.")


def replays(client: Client, decision: dict[str, Any], within: float = 60.0) -> None:
    part = settled(client, decision, "replay", within)
    need(part["state"] == "match", f"Replayed, the decision is {part['state']}: {part['detail']}")


def settled(client: Client, decision: dict[str, Any], act: str, within: float) -> Any:
    """What a worker answers, waited for."""
    place = f"decisions/{decision['id']}/{act}"
    part = client.post(f"{place}?audience=reviewer", {})
    deadline = time.monotonic() + within
    while part["state"] == "pending":
        need(time.monotonic() < deadline, f"No {act} after {within:.0f} s.")
        time.sleep(0.2)
        part = client.get(f"{place}/{part['id']}", audience="reviewer")
    return part


def nothing_faked(client: Client, decision: dict[str, Any]) -> None:
    answer = client.get(f"decisions/{decision['id']}/why", audience="reviewer")
    for part in (answer["review"], answer["model"]["approval"]["now"]):
        need(part["state"] == "not_available", f"Expected not_available, got {part}.")
