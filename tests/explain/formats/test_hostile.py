"""Files that mean harm are refused, and nothing in them runs: each would leave a mark."""

from __future__ import annotations

import io
import json
import pickle
import stat
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
import xgboost
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import f_classif
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from explain.formats import registry
from explain.formats.checks import archive
from explain.refusals import Malformed, Refused, TooLarge, Untrusted
from tests.explain.formats.made import FAMILIES, RULES, data, made, skopsed


class Boom:
    """Pickled, it would touch a file when loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


class Shell(Boom):
    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return (os.system, (f"touch {self.mark}",))


@pytest.mark.parametrize("payload", [Boom, Shell])
@pytest.mark.parametrize("kind", [kind for kind in registry.KINDS if kind != "pickle"])
def test_a_pickle_with_code_is_no_artefact_of_any_kind(
    kind: str, payload: Callable[..., Any], tmp_path: Path
) -> None:
    mark = tmp_path / "executed"
    with pytest.raises(Untrusted):
        registry.load(kind, pickle.dumps(payload(mark)), RULES)
    assert not mark.exists()


@pytest.mark.parametrize("payload", [Boom, Shell])
@pytest.mark.parametrize(
    "dumps", [pickle.dumps, lambda value: _joblib(value)], ids=["pickle", "joblib"]
)
def test_a_pickle_with_code_does_nothing_where_pickles_are_allowed(
    payload: Callable[..., Any], dumps: Callable[[Any], bytes], tmp_path: Path
) -> None:
    mark = tmp_path / "executed"
    with pytest.raises(Refused):
        registry.load("pickle", dumps(payload(mark)), RULES)
    assert not mark.exists()


def _joblib(value: Any) -> bytes:
    held = io.BytesIO()
    joblib.dump(value, held)
    return held.getvalue()


def test_a_function_of_the_artefacts_choice_is_not_trusted(tmp_path: Path) -> None:
    import os

    rows, label = data("wine")
    model = make_pipeline(FunctionTransformer(), GradientBoostingClassifier(n_estimators=2))
    model.fit(rows.fillna(0), label)
    model.steps[0][1].func = os.system
    with pytest.raises(Untrusted, match=r"asks for the type|not trusted|not a readable"):
        registry.load("skops", skopsed(model), RULES)


@pytest.mark.parametrize("func", [np.exp, RandomForestClassifier, f_classif])
def test_a_function_with_arguments_is_not_trusted(func: Callable[..., Any]) -> None:
    """Even where both the function and the means of storing it are known; one function may be."""
    rows, label = data("wine")
    model = make_pipeline(FunctionTransformer(), GradientBoostingClassifier(n_estimators=2))
    model.fit(rows.fillna(0), label)
    model.steps[0][1].func = partial(func)
    with pytest.raises(Untrusted, match="stores a function with arguments"):
        registry.check("skops", skopsed(model), RULES)


def test_an_untrusted_type_is_named() -> None:
    with pytest.raises(Untrusted, match="pathlib"):
        registry.load("skops", bytes(skops.io.dumps(Path("/etc/passwd"))), RULES)


def zipped(entries: dict[str, bytes], **changed: Any) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = changed.get("mode", 0) << 16
            packed.writestr(entry, content)
    return held.getvalue()


def tarred(*entries: tarfile.TarInfo) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as packed:
        for entry in entries:
            packed.addfile(entry, io.BytesIO(b"x" * entry.size))
    return held.getvalue()


@pytest.mark.parametrize(
    "name", ["../out", "/etc/passwd", "a/../../out", "..\\out", "C:\\out", "c:/x"]
)
def test_a_path_that_leaves_the_archive_is_refused(name: str) -> None:
    for content in (zipped({name: b"x"}), tarred(tarfile.TarInfo(name))):
        with pytest.raises(Untrusted, match="a path that leaves it"):
            archive.unpack(content, 1 << 20)


def test_links_and_devices_are_refused() -> None:
    with pytest.raises(Untrusted, match="link or a device"):
        archive.unpack(zipped({"MLmodel": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777), 1 << 20)
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        entry = tarfile.TarInfo("MLmodel")
        entry.type, entry.linkname = kind, "/etc/passwd"
        with pytest.raises(Untrusted, match="link or a device"):
            archive.unpack(tarred(entry), 1 << 20)


def test_a_forest_of_many_trees_is_no_bomb() -> None:
    rows, label = data("wine")
    model = GradientBoostingClassifier(n_estimators=250, max_depth=1).fit(rows.fillna(0), label)
    content = skopsed(model)
    assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) > 2000
    registry.check("skops", content, RULES)


def test_a_zip_bomb_is_refused_by_ratio_size_count_and_nesting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(TooLarge, match="200 times its size"):
        archive.unpack(zipped({"zeros": bytes(8 << 20)}), 1 << 30)
    with pytest.raises(TooLarge, match="more than 1,024 bytes"):
        archive.unpack(zipped({"zeros": bytes(2048)}), 1024)
    monkeypatch.setattr(archive, "MOST_ENTRIES", 20)
    with pytest.raises(TooLarge, match="more than 20 entries"):
        archive.unpack(zipped({str(at): b"" for at in range(21)}), 1 << 20)
    with pytest.raises(Untrusted, match="another archive"):
        registry.load("skops", zipped({"schema.json": b"{}", "inner": zipped({"a": b"b"})}), RULES)


def test_a_zip_that_lies_about_a_size_is_refused() -> None:
    content = bytearray(zipped({"schema.json": b"{" + bytes(5000) + b"}"}))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Untrusted):
        archive.unpack(bytes(content), 1 << 20)


def test_an_encrypted_or_repeated_entry_is_refused() -> None:
    content = bytearray(zipped({"a": b"b"}))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Untrusted, match="encrypted"):
        archive.unpack(bytes(content), 1 << 20)
    with pytest.raises(Untrusted, match="twice"):
        archive.unpack(zipped({"a": b"b", "./a": b"c"}), 1 << 20)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_truncated_file_is_refused(family: str) -> None:
    one = made(family, "wine")
    # (The very last bytes of an ONNX file repeat what it said before.)
    for share in (0.1, 0.5, 0.9, 0.99):
        with pytest.raises(Refused):
            registry.load(one.kind, one.content[: int(len(one.content) * share)], RULES)


def booster_json() -> dict[str, Any]:
    rows, label = data("wine")
    fitted = xgboost.XGBClassifier(n_estimators=2, max_depth=2).fit(rows, label)
    return dict(json.loads(fitted.get_booster().save_raw("json")))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("left_children", 10**6, r"trees/0/left_children/0: 1000000 is not between -1 and 6"),
        ("left_children", 0, "node 0 is reached twice"),
        ("left_children", 2, "node 2 is reached twice"),
        ("right_children", -7, "-7 is not between"),
        ("split_indices", 10**5, "beyond 13"),
        ("split_conditions", "1.0", "a finite number should stand here"),
    ],
)
def test_an_xgboost_tree_that_is_none_is_refused_with_a_pointer(
    name: str, value: Any, sentence: str
) -> None:
    document = booster_json()
    document["learner"]["gradient_booster"]["model"]["trees"][0][name][0] = value
    with pytest.raises(Malformed, match=sentence):
        registry.check("xgboost", json.dumps(document).encode(), RULES)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"split_feature=", b"split_feature=9999 ", "numbers stand here"),
        (b"left_child=", b"left_child=1 ", "."),
        (b"\nleaf_value=", b"\nleaf_value=nan ", "."),
        (b"tree_sizes=", b"tree_sizes=99999999 ", "tree_sizes|not between|it names"),
        (b"num_leaves=", b"num_leaves=9999999999", "not between"),
    ],
)
def test_a_lightgbm_file_that_lies_is_refused(old: bytes, new: bytes, sentence: str) -> None:
    lines = made("lightgbm", "wine").content.split(b"\n")
    # Without the sizes, which would give away any change of length before the rest is looked at.
    content = b"\n".join(
        x for x in lines if old == b"tree_sizes=" or not x.startswith(b"tree_sizes=")
    )
    with pytest.raises(Malformed, match=sentence):
        registry.check("lightgbm", content.replace(old, new, 1), RULES)


@pytest.mark.parametrize("family", ["xgboost", "lightgbm", "onnx", "catboost"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(where=st.floats(0, 0.999), byte=st.integers(0, 255), cut=st.integers(0, 3))
def test_any_single_change_is_taken_or_refused_in_a_sentence(
    family: str, where: float, byte: int, cut: int
) -> None:
    """Looking through never fails in any other way; what the library does is seen in its own process."""
    content = bytearray(made(family, "iris").content)
    at = int(where * len(content))
    content[at : at + cut] = bytes([byte])
    said = "."
    try:
        registry.check(family, bytes(content), RULES)
    except Refused as refusal:
        said = str(refusal)
    assert said.endswith(".")


def test_a_cbm_that_is_damaged_inside_is_refused() -> None:
    """Only its library reads the inside of a .cbm."""
    content = bytearray(made("catboost", "wine").content)
    random = np.random.default_rng(0)
    for at in random.integers(40, len(content) - 4, 60):
        content[at : at + 4] = random.bytes(4)
    with pytest.raises(Malformed, match="the library says"):
        registry.load("catboost", bytes(content), RULES)


def test_external_data_and_foreign_operators_are_refused() -> None:
    import onnx

    model = onnx.load_from_string(made("onnx", "wine").content)
    model.graph.node[0].domain = "com.evil"
    with pytest.raises(Untrusted, match=r"operators of 'com\.evil'"):
        registry.check("onnx", model.SerializeToString(), RULES)
    model = onnx.load_from_string(made("onnx", "wine").content)
    weights = model.graph.initializer.add()
    weights.name, weights.data_type, weights.data_location = "w", 1, onnx.TensorProto.EXTERNAL
    weights.dims.append(1)
    entry = weights.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    with pytest.raises(Untrusted, match="in another file"):
        registry.check("onnx", model.SerializeToString(), RULES)


def test_an_onnx_tree_that_is_none_is_refused() -> None:
    import onnx

    for value, sentence in ((0, "reached twice"), (10**6, "leads nowhere")):
        model = onnx.load_from_string(made("onnx", "wine").content)
        for attribute in model.graph.node[0].attribute:
            if attribute.name == "nodes_truenodeids":
                attribute.ints[0] = value
        with pytest.raises(Malformed, match=sentence):
            registry.check("onnx", model.SerializeToString(), RULES)


def test_a_scikit_learn_tree_that_leads_nowhere_is_refused() -> None:
    rows, label = data("wine")
    content = skopsed(GradientBoostingClassifier(n_estimators=2).fit(rows.fillna(0), label))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    for name, inner in files.items():
        if name.endswith(".npy"):
            nodes = np.load(io.BytesIO(inner), allow_pickle=False)
            if nodes.dtype.names and "left_child" in nodes.dtype.names:
                nodes = nodes.copy()
                nodes["left_child"][0] = 10**6
                held = io.BytesIO()
                np.save(held, nodes)
                files[name] = held.getvalue()
    with pytest.raises(Malformed, match="leads nowhere"):
        registry.load("skops", zipped(files), RULES)
