"""Steps before a model that is no estimator of scikit-learn's."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline


class Standing(Pipeline):  # type: ignore[misc]  # scikit-learn is not typed
    """A Pipeline of fitted steps that ends in a model of ours, which has nothing to fit."""

    def __sklearn_is_fitted__(self) -> bool:
        return True


class Before(Standing):
    """A Pipeline that answers for its model: kind, family, columns and classes."""

    @classmethod
    def of(cls, steps: list[tuple[str, Any]], model: Any) -> Before:
        return cls([*steps, ("model", model)])

    @property
    def kind(self) -> str:
        return str(self[-1].kind)

    @property
    def family(self) -> str:
        return str(self[-1].family)

    @property
    def feature_names_in_(self) -> Any:
        return self[-1].feature_names_in_

    @property
    def n_features_in_(self) -> int:
        return int(self[-1].n_features_in_)

    @property
    def classes_(self) -> Any:
        return self[-1].classes_
