"""A version's background becomes its reference, and drift is read over HTTP by who may."""

from __future__ import annotations

from fairness import drifting, facts, references
from governance.comparing import drift
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.factories import World, world
from tests.governance.test_api_recourse import Caller

__all__ = ["world"]

PATH = f"/api/v1/use-cases/{USE_CASE}/fairness/drift"


def test_a_profile_hands_over_its_background_once_and_drift_is_read(world: World) -> None:
    assert drift.hand_over() == 1
    assert drift.hand_over() == 0
    kept = references.reference(USE_CASE, MODEL_REF)
    assert kept is not None
    assert (len(kept.features), kept.number) == (17, 600)
    while facts.follow():
        continue
    # Thirty of the demonstration, and those of other kinds that nobody erased.
    assert drifting.walk() >= 30
    reader = Caller("registry:read", "fairness:read")
    found = reader.get(PATH, version=MODEL_REF).json()["results"]
    assert {one["feature"] for one in found} == set(kept.features)
    amount = next(one for one in found if one["feature"] == "amount")
    assert amount["kind"] == "number"
    assert 0 <= amount["ks"] <= amount["ks_at_most"] <= 1
    assert reader.get(f"{PATH}/changes", version=MODEL_REF).json() == {"results": []}
    one = {"version": MODEL_REF, "feature": "amount", "week": amount["week"]}
    bars = reader.get(f"{PATH}/distribution", **one).json()
    assert bars["reference_number"] == 600
    # The key may not see few people: nothing between 1 and 9 is told.
    assert {bar["week"] for bar in bars["bars"]} <= {None, 0.0} | {float(n) for n in range(10, 99)}
    assert reader.get(f"{PATH}/distribution", **{**one, "feature": "shoe"}).status_code == 404
    assert reader.get(f"{PATH}/distribution", **{**one, "week": "soon"}).status_code == 422
    assert (
        reader.get(f"{PATH}/distribution", version=MODEL_REF, feature="amount").status_code == 422
    )
    assert reader.get(PATH).status_code == 422
    assert reader.get(PATH, version="shortlist@2.1.0").status_code == 404
    assert Caller("registry:read").get(PATH, version=MODEL_REF).status_code == 403
