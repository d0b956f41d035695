"""scikit-learn models from skops files: only types on a list of ours are built, and none of them runs anything."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import skops.io
from sklearn.pipeline import Pipeline

from explain.formats import sound
from explain.formats.before import Before, Standing
from explain.formats.checks.skops import MARK, take_out
from explain.formats.rules import Rules
from explain.formats.steps import AbsentIsMissing
from explain.formats.trusted import TRUSTED
from explain.refusals import Refused, Untrusted


def load(content: bytes, rules: Rules) -> Any:
    """The estimator or Pipeline. Models of XGBoost, LightGBM and CatBoost in it are read from their own
    formats and stand in it as ours. Raises Untrusted and what those raise."""
    taken = take_out(content, rules)
    try:
        wanted = skops.io.get_untrusted_types(data=taken.content)
        strange = sorted(set(wanted) - TRUSTED)
        if strange:
            raise Untrusted(
                f"The artefact asks for the type {strange[0]}, which is not trusted here."
            )
        model = skops.io.loads(taken.content, trusted=wanted)
        sound.check(model)
    except Refused:
        raise
    except Exception as error:
        # skops raises whatever a broken file makes it raise: zip, JSON, attribute and type errors.
        raise Untrusted(
            f"The artefact is not a readable skops file ({type(error).__name__})."
        ) from error
    return _put_back(model, taken.models, rules) if taken.models else model


def _put_back(model: Any, models: tuple[tuple[str, bytes], ...], rules: Rules) -> Any:
    """Put our models in the places from which the others were taken."""
    if isinstance(model, dict) and MARK in model:
        place = model[MARK]
        return None if place < 0 else _native(*models[place], model.get("_classes"), rules)
    if isinstance(model, Pipeline):
        *before, (name, last) = model.steps
        last = _put_back(last, models, rules)
        if getattr(last, "family", "") == "xgboost":
            before.append(("absent is missing", AbsentIsMissing()))
        model = Standing([*before, (name, last)])
    for attribute in ("estimator_", "estimator"):
        if isinstance(getattr(model, attribute, None), dict | Pipeline):
            setattr(model, attribute, _put_back(getattr(model, attribute), models, rules))
    return model


def _native(kind: str, content: bytes, labels: Any, rules: Rules) -> Any:
    model = import_module("explain.formats.registry").load(
        kind, content, rules
    )  # it names this module
    inner = model[-1] if isinstance(model, Before) else model
    if labels is None or inner.labels is None or len(labels) != len(inner.labels):
        return model
    renamed = replace(inner, labels=np.asarray(labels))
    return Before.of(model.steps[:-1], renamed) if isinstance(model, Before) else renamed
