"""Versions of several kinds: artefact and background in the store, nothing in the database."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pandas as pd
import skops.io

from explain import artefacts
from explain.models import Profile
from explain.specification import Feature, Specification


def specified(frame: pd.DataFrame, **said: Any) -> Specification:
    """Every column a number; what is not said is a loan's."""
    usual: dict[str, Any] = {
        "features": tuple(Feature(name, name, "number") for name in frame.columns),
        "positive": 1,
        "adverse_label": "deny",
        "favourable_label": "approve",
        "threshold": 0.5,
        "adverse_when": "at_or_above",
        "background_kind": "custom",
        "background_note": "made for a test",
        "reasons": (),
        "lime_mode": "lime-empirical",
    }
    return Specification(**{**usual, **said})


def version(model: Any, frame: pd.DataFrame, specification: Specification) -> Profile:
    """A profile as it would stand in the database, not saved."""
    artefact = artefacts.store(skops.io.dumps(model))
    background = artefacts.store(orjson.dumps(frame.to_dict("records")))
    said = specification.to_json()
    return Profile(
        model_ref="m@1.0.0",
        use_case="u",
        artefact_digest=artefact.digest,
        artefact_kind="skops",
        artefact_size=artefact.size,
        background_digest=background.digest,
        background_size=len(frame),
        specification=orjson.loads(orjson.dumps(said)),
        specification_digest=hashlib.sha256(orjson.dumps(said)).hexdigest(),
    )
