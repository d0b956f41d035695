"""What a worker keeps ready per version: the explainer and the LIME sample. Never imported by web processes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from importlib.metadata import version

import orjson

from explain import artefacts
from explain.attribution.assembly import build
from explain.attribution.contract import Explainer
from explain.lime_batch.sample import LimeSample
from explain.models import Profile
from explain.specification import Specification

# Bytes of tables and samples that one worker keeps; the versions used longest ago go first.
BUDGET = 1 << 30
LIBRARIES = ("scikit-learn", "numpy", "scipy", "numba", "skops")


@dataclass(frozen=True, slots=True)
class Engine:
    """Ready to explain one version: artefact and background are bound by digest."""

    explainer: Explainer
    lime: LimeSample
    specification: Specification
    artefact_digest: str
    background_digest: str
    specification_digest: str
    libraries: dict[str, str]

    @property
    def nbytes(self) -> int:
        return self.explainer.nbytes + self.lime.nbytes


_ready: OrderedDict[tuple[str, str, str], Engine] = OrderedDict()


def engine(profile: Profile) -> Engine:
    """The engine of a profile, kept while there is room. Raises Refused or Unsupported."""
    key = (profile.artefact_digest, profile.background_digest, profile.specification_digest)
    found = _ready.get(key)
    if found is None:
        found = _ready[key] = assemble(profile)
    _ready.move_to_end(key)
    while len(_ready) > 1 and sum(kept.nbytes for kept in _ready.values()) > BUDGET:
        _ready.popitem(last=False)
    return found


def assemble(profile: Profile) -> Engine:
    specification = Specification.from_json(profile.specification)
    model = artefacts.load(profile.artefact_digest, profile.artefact_kind)
    background = orjson.loads(artefacts.read(profile.background_digest))
    names = specification.names()
    explainer = build(model, background, names, specification.positive)
    lime = LimeSample.build(
        explainer.probability,
        background,
        names,
        categorical=[f.name for f in specification.features if f.kind == "category"],
        seed=specification.seed,
        mode=specification.lime_mode,
    )
    return Engine(
        explainer=explainer,
        lime=lime,
        specification=specification,
        artefact_digest=profile.artefact_digest,
        background_digest=profile.background_digest,
        specification_digest=profile.specification_digest,
        libraries={name: version(name) for name in LIBRARIES},
    )
