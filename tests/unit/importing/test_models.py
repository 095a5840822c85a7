"""Specs of Keras models: the same function, from every form of file, in both frameworks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

import archspec
from archspec.backend import find_backend
from archspec.checkpoints import match, open_checkpoint
from archspec.importing import ModelWarning, import_model, spec_text

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")

from keras.src.legacy.saving import legacy_h5_format  # noqa: E402

from tests.unit.importing.models import MODELS, Model, made, operations, save  # noqa: E402

FORMS = ("model.keras", "model.h5", "model.old.h5")


def inputs(model: Model, network: archspec.Network) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(7)
    shapes = [tuple(each.shape[1:]) for each in model.inputs]
    return {name: generator.normal(size=(2, *shape)) for name, shape in zip(network.inputs, shapes, strict=True)}


def outputs(model: Model, given: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The results of Keras, in the order of the model's outputs."""
    found = model(list(given.values()) if len(given) > 1 else next(iter(given.values())), training=False)
    return [np.asarray(each) for each in keras.tree.flatten(found)]


@pytest.mark.parametrize("name", MODELS)
def test_the_file_with_its_spec_is_the_model(name: str, tmp_path: Path) -> None:
    """The files of all forms have one spec and the same weights."""
    model = made(MODELS[name])
    paths = [save(model, tmp_path / form) for form in FORMS if (name, form) != (operations.__name__, FORMS[-1])]
    (tmp_path / "net.yaml").write_text(spec_text(import_model(paths[0])))
    network = archspec.load(tmp_path / "net.yaml")
    read = [archspec.read_checkpoint(archspec.load(import_model(path)), path) for path in paths]
    for weights in read[1:]:
        assert [*weights] == [*read[0]]
        assert all(np.array_equal(weights[each], read[0][each]) for each in weights)
    assert network.parameters().total == sum(np.size(each) for each in model.weights if each.name != "count")
    given = inputs(model, network)
    expected = outputs(model, given)
    for framework, ending in (("tensorflow", ".weights.h5"), ("torch", ".pth")):
        converted = tmp_path / f"{framework}{ending}"
        archspec.convert_weights(network, paths[0], converted, to=framework)
        compiled = network.compile(framework, weights=converted, dtype="float64")
        found = list(find_backend(framework).run(network.graph, compiled, given).values())
        assert len(found) == len(expected)
        for mine, theirs in zip(found, expected, strict=True):
            assert mine.dtype == theirs.dtype == np.float64
            assert np.abs(mine - theirs).max() <= 1e-12 * max(1.0, np.abs(theirs).max())


@pytest.mark.parametrize("name", sorted(MODELS.keys() - {operations.__name__}))
def test_every_form_gives_the_same_spec(name: str, tmp_path: Path) -> None:
    model = made(MODELS[name])
    documents = [import_model(save(model, tmp_path / f"m{ending}")) for ending in (".keras", ".json", ".old.json")]
    for document in documents:
        del document["source"]
    assert documents[0] == documents[1] == documents[2]


@pytest.mark.parametrize("name", MODELS)
def test_the_text_is_the_document(name: str, tmp_path: Path) -> None:
    document = import_model(save(made(MODELS[name]), tmp_path / "m.json"))
    text = spec_text(document)
    assert yaml.safe_load(text) == document
    assert max(map(len, text.splitlines())) <= 120


def dead() -> Model:
    """No output depends on one of two results of an inner model, and so on its layers."""
    left, right = keras.Input((4,)), keras.Input((4,))
    layers = keras.layers
    ends = [layers.Dense(4, name="unused")(left), layers.Dense(4, name="used")(right)]
    _, used = keras.Model([left, right], ends, name="inner")([image := keras.Input((4,)), image])
    return keras.Model(image, layers.Dense(3, name="end")(used))


@pytest.mark.parametrize("form", ["m.keras", "m.h5"])
def test_layers_without_an_effect_are_left_out_and_told(form: str, tmp_path: Path) -> None:
    model = made(dead)
    path = save(model, tmp_path / form)
    with pytest.warns(ModelWarning, match="(?s)no output depends on them:\n  inner_unused$"):
        document = import_model(path)
    assert [each["name"] for each in document["layers"]] == ["inner_used", "end"]
    network = archspec.load(document)
    weights = archspec.read_checkpoint(network, path)
    (note,) = weights.notes
    assert "no output of the model in the file depends on them" in note.facts
    assert note.facts.count("4 x 4 float64") == 1
    given = inputs(model, network)
    (found,) = (
        find_backend("torch")
        .run(network.graph, network.compile("torch", weights=weights, dtype="float64"), given)
        .values()
    )
    assert np.abs(found - outputs(model, given)[0]).max() <= 1e-12


def test_tensors_that_other_outputs_need_are_no_surplus(tmp_path: Path) -> None:
    path = save(made(dead), tmp_path / "m.keras")
    dense = {"layer_type": "Dense", "units": 4}
    layers = [{"name": "a", **dense}, {"name": "b", **dense}]
    with pytest.raises(archspec.WeightsError, match="left over"):
        archspec.read_checkpoint(archspec.load({"inputs": {"x": [4]}, "layers": layers[:1]}), path)


def nested() -> Model:
    layers = keras.layers
    inner = keras.Sequential([keras.Input((4,)), *(layers.Dense(4, name=name) for name in ("b", "a"))], name="inner")
    return keras.Sequential([keras.Input((4,)), layers.Dense(4, name="first"), inner, layers.Dense(4, name="last")])


@pytest.mark.parametrize("build", [nested, MODELS["inner_call_with_a_dead_output"]], ids=["group", "written_out"])
@pytest.mark.parametrize("form", ["m.weights.h5", "legacy.h5"])
def test_layers_of_inner_models_are_found_by_name_in_weights_alone(
    build: Callable[[], Model], form: str, tmp_path: Path
) -> None:
    model = made(build)
    network = archspec.load(import_model(save(model, tmp_path / "m.keras")))
    path = tmp_path / form
    if form == "legacy.h5":
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
    else:
        model.save_weights(path)
    weights = archspec.read_checkpoint(network, path)
    assert {each.how for each in weights.matching.matches} == {"name"}
    given = inputs(model, network)
    compiled = network.compile("torch", weights=weights, dtype="float64")
    (found,) = find_backend("torch").run(network.graph, compiled, given).values()
    assert np.abs(found - outputs(model, given)[0]).max() <= 1e-12


def test_a_network_of_keras_applications(tmp_path: Path) -> None:
    """tests/peers/test_application_files.py looks at the others."""
    model = keras.applications.MobileNetV3Small(weights=None)
    document = import_model(save(model, tmp_path / "model.json"))
    network = archspec.load(document)
    assert network.parameters().total == sum(np.size(each) for each in model.weights if each.name != "count")
    matching = match(network.graph, open_checkpoint(save(model, tmp_path / "model.keras")))
    assert matching.complete
    assert not matching.differences
