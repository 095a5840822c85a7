"""Files of models that nobody may trust: a wrong value is an error with its place, and never a traceback."""

from __future__ import annotations

import json
import random
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.errors import ArchspecError
from archspec.importing import import_model

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")

from tests.unit.importing.models import MODELS, inner_model_of_several_inputs, keras_2, save, siamese  # noqa: E402

WRONG: tuple[Any, ...] = (
    None,
    7,
    -1,
    1.5,
    True,
    "word",
    [],
    {},
    [[]],
    [1, 2],
    {"a": 1},
    10**400,
    "x" * 5000,
    [None] * 9,
)


def configuration(model: Any) -> Any:
    return json.loads(model.to_json())


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = put(copied[path[0]], path[1:], new)
    return copied


def attempt(value: Any, path: Path) -> str:
    """What reading says; other exceptions than archspec's own end the test."""
    path.write_text(json.dumps(value) if not isinstance(value, str) else value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_model(path)
    except ArchspecError as error:
        said = str(error)
        assert said
        assert len(said) < 4000
        return said
    return ""


@pytest.mark.parametrize("form", ["keras 3", "keras 2"])
@pytest.mark.parametrize("build", [siamese, inner_model_of_several_inputs, MODELS["unnamed_layers"]])
def test_any_value_may_be_any_other(build: Any, form: str, tmp_path: Path) -> None:
    good = configuration(build())
    good = keras_2(good) if form == "keras 2" else good
    assert attempt(good, tmp_path / "m.json") == ""
    chosen = random.Random(1)
    everywhere = list(places(good))
    refused = 0
    for _ in range(150):
        refused += attempt(put(good, chosen.choice(everywhere), chosen.choice(WRONG)), tmp_path / "m.json") != ""
    assert refused > 20


def sequence(layers: list[Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}


def test_models_in_models_have_an_end(tmp_path: Path) -> None:
    model = sequence([])
    for _ in range(100):
        model = sequence([{**model, "name": "inner"}])
    assert "without an end" in attempt(model, tmp_path / "m.json")
    assert "nested too deeply" in attempt('{"a":' * 100_000, tmp_path / "m.json")


def tensor(layer: str) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "keras_history": [layer, 0, 0]}}


def functional(layers: list[Any], inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    config = {"name": "m", "layers": layers, "input_layers": inputs, "output_layers": outputs}
    return {"class_name": "Functional", "config": config}


def layer(name: str, reads: list[str], kind: str = "Add") -> dict[str, Any]:
    nodes = [{"args": [[tensor(each) for each in reads]], "kwargs": {}}]
    return {"class_name": kind, "config": {"name": name}, "name": name, "inbound_nodes": nodes}


HEAD = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 3]}, "name": "x", "inbound_nodes": []}


@pytest.mark.parametrize(
    ("layers", "outputs", "said"),
    [
        ([HEAD, layer("a", ["x", "b"]), layer("b", ["x", "a"])], [["b", 0, 0]], "wait for each other: a"),
        ([HEAD, layer("a", ["x", "z"])], [["a", 0, 0]], "z is read as the result of its call 0"),
        ([HEAD, layer("a", ["x"]), layer("a", ["x"])], [["a", 0, 0]], "has the name a of another layer"),
        ([HEAD, layer("a", ["x", "x"])], [["a", 1, 0]], "a is read as the result of its call 1"),
        ([HEAD, layer("a", ["x", "x"])], [], "has no outputs"),
        ([HEAD, layer("a", ["x", "x"])], [["a", 0]], "is no name and two numbers"),
    ],
)
def test_wiring_that_contradicts_itself(layers: list[Any], outputs: list[Any], said: str, tmp_path: Path) -> None:
    assert said in attempt(functional(layers, [["x", 0, 0]], outputs), tmp_path / "m.json")


def test_a_model_that_doubles_itself_has_an_end(tmp_path: Path) -> None:
    """Thirty models, each with two calls of the next one."""
    other = {**HEAD, "name": "y", "config": {**HEAD["config"], "name": "y"}}
    heads, both = [["x", 0, 0], ["y", 0, 0]], {"args": [[tensor("x"), tensor("y")]], "kwargs": {}}
    sums = [layer("a", ["x", "y"]), layer("b", ["y", "x"])]
    model = functional([HEAD, other, *sums], heads, [["a", 0, 0], ["b", 0, 0]])
    for _ in range(30):
        model["config"]["name"] = "inner"
        inner = {**model, "name": "inner", "inbound_nodes": [both, both]}
        model = functional([HEAD, other, inner], heads, [["inner", 1, 0], ["inner", 2, 1]])
    assert "more than 20,000 layers" in attempt(model, tmp_path / "m.json")


def test_a_subclass_has_no_layers_in_the_file(tmp_path: Path) -> None:
    model = {"class_name": "Mine", "config": {"units": 3}}
    assert "only its program has the layers of such a class" in attempt(model, tmp_path / "m.json")


def test_a_file_of_weights_alone_has_no_model(tmp_path: Path) -> None:
    siamese().save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(archspec.WeightsError, match="has weights and no model"):
        import_model(tmp_path / "m.weights.h5")


def test_files_that_are_no_models(tmp_path: Path) -> None:
    for name, content in {
        "m.json": b"[1]",
        "m.h5": b"\x89HDF\r\n\x1a\n" + bytes(90),
        "m.keras": b"PK\x03\x04" + bytes(90),
    }.items():
        (tmp_path / name).write_bytes(content + bytes(90))
        with pytest.raises(archspec.WeightsError):
            import_model(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a", "b")
    with pytest.raises(archspec.WeightsError, match=r"no \.keras file"):
        import_model(tmp_path / "other.zip")
    with pytest.raises(FileNotFoundError):
        import_model(tmp_path / "missing.keras")


def test_a_damaged_archive(tmp_path: Path) -> None:
    whole = save(siamese(), tmp_path / "m.keras").read_bytes()
    chosen = random.Random(2)
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(4):
            damaged[chosen.randrange(len(damaged))] = chosen.randrange(256)
        (tmp_path / "d.keras").write_bytes(damaged)
        with suppress(ArchspecError):
            import_model(tmp_path / "d.keras")
