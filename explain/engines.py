"""What a worker keeps ready per version: explainers and LIME samples. Never imported by web processes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import orjson
from django.conf import settings

from explain import artefacts
from explain.attribution.assembly import build
from explain.attribution.contract import Choices, Explainer, Floats
from explain.faithfulness import typical
from explain.formats.registry import format_of
from explain.lime_batch.sample import LimeSample
from explain.models import Profile
from explain.noise import Noise
from explain.pipelines import Entrance, single_threaded
from explain.refusals import Unsupported
from explain.rows import RowSchema, Table
from explain.shelves import DiskShelf
from explain.specification import Specification

LIBRARIES = ("scikit-learn", "numpy", "scipy", "numba", "skops")
# A loaded model takes about this many times the bytes of its file.
UNPACKED = 3
# Seconds of work that one batch should hold at most: well within a lease.
BATCH_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Ready:
    """One output of a version. named: what it is called in the record, empty for a regression."""

    named: str
    explainer: Explainer
    lime: LimeSample


@dataclass(slots=True)
class Engine:
    """Ready to explain one version: artefact and background are bound by digest.

    Outputs are built when they are first asked for: of several classes, those that are decided.
    typical: one reference row with the usual value of every feature; noise: of the stability test.
    """

    model: Any
    background: Sequence[Mapping[str, Any]]
    specification: Specification
    artefact_digest: str
    background_digest: str
    specification_digest: str
    artefact_size: int
    libraries: dict[str, str]
    schema: RowSchema = field(init=False)
    typical: Table = field(init=False)
    noise: Noise = field(init=False)
    _outputs: dict[Hashable, Ready] = field(default_factory=dict)
    _lime: LimeSample | None = None

    def __post_init__(self) -> None:
        spec = self.specification
        self.schema = RowSchema.of(self.background, spec.names())
        frame = self.schema.frame(self.background)
        self.typical = self.schema.table([typical(frame)])
        numbers = [
            number and feature.kind == "number"
            for number, feature in zip(self.schema.numeric, spec.features, strict=True)
        ]
        self.noise = Noise.of(frame, np.asarray(numbers), spec.seed)

    @property
    def nbytes(self) -> int:
        outputs = sum(one.explainer.nbytes + one.lime.output.nbytes for one in self.ready())
        codes = self._lime.nbytes if self._lime else 0
        return outputs + codes + UNPACKED * self.artefact_size

    @property
    def explainer(self) -> Explainer:
        """The explainer of a version with one output. Raises Unsupported."""
        return self.output().explainer

    @property
    def lime(self) -> LimeSample:
        """The LIME sample of a version with one output. Raises Unsupported."""
        return self.output().lime

    def ready(self) -> list[Ready]:
        """The outputs built so far."""
        return list(self._outputs.values())

    def classes(self) -> list[Hashable]:
        """The model's classes; none for a regression."""
        return list(getattr(self.model, "classes_", ()))

    def output(self, positive: Hashable = None) -> Ready:
        """The output of a class, or the only one. Raises Unsupported."""
        spec = self.specification
        if spec.task == "binary":
            positive = spec.positive
        elif spec.task == "multiclass" and positive is None:
            raise Unsupported("The model has several classes, and none of them was named.")
        found = self._outputs.get(positive)
        if found is None:
            found = self._outputs[positive] = self._build(positive)
        return found

    def probabilities(self, rows: Any) -> Floats:
        """predict_proba of raw rows, (rows, classes)."""
        entrance = Entrance.of(self.model, self.schema.features)
        table = entrance(self.schema.frame(rows))
        return np.asarray(self.model.predict_proba(table), dtype=np.float64)

    def batch(self) -> int:
        """How many decisions one batch should hold, by what is known of the outputs' pace."""
        slowest = max((one.explainer.pace for one in self.ready()), default=0.0)
        # An explanation and that of its stability test.
        return max(1, int(BATCH_SECONDS / (2 * slowest))) if slowest > 0 else 1 << 30

    def _build(self, positive: Hashable) -> Ready:
        spec = self.specification
        shelf = self._shelf("" if positive is None else f"{type(positive).__name__}:{positive}")
        choices = Choices(
            shapley=spec.shapley,
            space=spec.space,
            evaluations=spec.evaluations,
            black_box_rows=spec.black_box_rows,
            seed=spec.seed,
        )
        explainer = build(self.model, self.background, spec.names(), positive, choices, shelf=shelf)
        if self._lime is None:
            multiclass = spec.task == "multiclass"
            self._lime = LimeSample.build(
                self.probabilities if multiclass else explainer.score,
                self.background,
                spec.names(),
                categorical=[f.name for f in spec.features if f.kind == "category"],
                seed=spec.seed,
                mode=spec.lime_mode,
                shelf=self._shelf("every output"),
            )
        many = spec.task == "multiclass"
        lime = self._lime.of_output(self.classes().index(positive)) if many else self._lime
        return Ready("" if positive is None else str(positive), explainer, lime)

    def _shelf(self, output: str) -> DiskShelf:
        libraries = (f"{name} {number}" for name, number in sorted(self.libraries.items()))
        digests = (self.artefact_digest, self.background_digest, self.specification_digest)
        return DiskShelf((*digests, output, *libraries))


_ready: OrderedDict[tuple[str, str, str], Engine] = OrderedDict()


def engine(profile: Profile) -> Engine:
    """The engine of a profile, kept while there is room. Raises Refused or Unsupported."""
    key = (profile.artefact_digest, profile.background_digest, profile.specification_digest)
    found = _ready.get(key)
    if found is None:
        found = _ready[key] = assemble(profile)
    _ready.move_to_end(key)
    while len(_ready) > 1 and held() > settings.EXPLAIN_MEMORY_BYTES:
        _ready.popitem(last=False)
    return found


def held() -> int:
    """Bytes of the engines that are kept."""
    return sum(kept.nbytes for kept in _ready.values())


def assemble(profile: Profile) -> Engine:
    """Load a version's artefact and background. Raises Refused, or Unsupported."""
    specification = Specification.from_json(profile.specification)
    found = Engine(
        model=single_threaded(artefacts.load(profile.artefact_digest, profile.artefact_kind)),
        background=orjson.loads(artefacts.read(profile.background_digest)),
        specification=specification,
        artefact_digest=profile.artefact_digest,
        background_digest=profile.background_digest,
        specification_digest=profile.specification_digest,
        artefact_size=profile.artefact_size,
        libraries={
            name: version(name)
            for name in (*LIBRARIES, *format_of(profile.artefact_kind).libraries)
        },
    )
    if specification.task != "multiclass":
        found.output()
    return found
