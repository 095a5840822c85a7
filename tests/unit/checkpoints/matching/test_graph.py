"""Weights by the graph of the model in a Keras file: networks of the same function under other names."""

from __future__ import annotations

import json
import random
import re
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.checkpoints import CheckpointWarning, match, open_checkpoint, read_weights_file
from archspec.checkpoints.checkpoint import natural
from archspec.cli.advice import said
from archspec.errors import ArchspecError
from archspec.importing import import_model

keras = pytest.importorskip("keras")
pytest.importorskip("h5py")

from keras import layers  # noqa: E402

from tests.unit.importing.models import MODELS, made, mobile_base, save  # noqa: E402
from tests.unit.importing.test_hostile import WRONG, places, put  # noqa: E402

Model = Any
Document = dict[str, Any]


def renamed(document: Document) -> Document:
    """The document with layers of other names, which say nothing."""
    names: dict[str, str] = {}

    def layer(entry: Document) -> Document:
        names[entry["name"]] = f"q{len(names)}"
        entry = {**entry, "name": names[entry["name"]]}
        if "layers" in entry:
            entry["layers"] = [layer(each) for each in entry["layers"]]
        for key in ("inputs", "layer"):
            if key in entry:
                read = entry[key]
                entry[key] = [names.get(e, e) for e in read] if isinstance(read, list) else names.get(read, read)
        return entry

    found = {**document, "layers": [layer(each) for each in document["layers"]]}
    if "outputs" in found:
        found["outputs"] = [names[each] for each in document["outputs"]]
    return found


def same_function(model: Model, network: archspec.Network, weights: Any, tolerance: float = 1e-12) -> None:
    """The model and the compiled network give the same, in float64."""
    generator = np.random.default_rng(7)
    given = {
        name: generator.normal(size=(2, *each.shape[1:]))
        for name, each in zip(network.inputs, model.inputs, strict=True)
    }
    expected = keras.tree.flatten(model(list(given.values()) if len(given) > 1 else next(iter(given.values()))))
    compiled = network.compile("tensorflow", weights=weights, dtype="float64")
    found = find_backend("tensorflow").run(network.graph, compiled, given)
    assert len(found) == len(expected)
    for mine, theirs in zip(found.values(), expected, strict=True):
        theirs = np.asarray(theirs)
        assert np.abs(mine - theirs).max() <= tolerance * max(1.0, np.abs(theirs).max())


@pytest.mark.parametrize("name", MODELS)
def test_other_names_are_no_obstacle(name: str, tmp_path: Path) -> None:
    model = made(MODELS[name])
    read = []
    for form in ("model.keras", "model.h5"):
        path = save(model, tmp_path / form)
        network = archspec.load(renamed(import_model(path)))
        weights = archspec.read_checkpoint(network, path)
        assert {each.how for each in weights.matching.matches} == {"graph"}
        assert not weights.matching.differences
        read.append({each: weights[each].tobytes() for each in weights})
    assert read[0] == read[1]
    same_function(model, network, weights)


def two_branches(kind: Any = layers.Add) -> Model:
    """Two branches of equal layers, whose second layers have different places after the merge."""
    image = keras.Input((6,))
    ends = [layers.Dense(6, name=f"{word}2")(layers.Dense(6, name=f"{word}1")(image)) for word in ("left", "right")]
    return keras.Model(image, kind()(ends))


def branches(merge: str, order: tuple[str, str] = ("a", "b")) -> archspec.Network:
    """The same function, with the branches defined in turns."""
    dense = {"layer_type": "Dense", "units": 6}
    first, second = order
    entries: list[Document] = [
        {"name": "a1", **dense, "inputs": "x"},
        {"name": "b1", **dense, "inputs": "x"},
        {"name": "b2", **dense, "inputs": "b1"},
        {"name": "a2", **dense, "inputs": "a1"},
        {"name": "sum", "layer_type": merge, "inputs": [f"{first}2", f"{second}2"]},
    ]
    return archspec.load({"inputs": {"x": [6]}, "layers": entries})


def test_symmetric_branches_are_swapped_together(tmp_path: Path) -> None:
    model = made(two_branches)
    path = save(model, tmp_path / "m.keras")
    weights = archspec.read_checkpoint(branches("Add"), path)
    owners = {each.weight.layer: each.tensor.partition("/")[0] for each in weights.matching.matches}
    assert owners["a1"][:-1] == owners["a2"][:-1] != owners["b1"][:-1] == owners["b2"][:-1]
    same_function(model, branches("Add"), weights)
    # An exchange of the first layers only is another function, so the test can fail.
    values = {name: weights[name] for name in weights}
    for word in ("kernel", "bias"):
        values[f"a1:{word}"], values[f"b1:{word}"] = values[f"b1:{word}"], values[f"a1:{word}"]
    with pytest.raises(AssertionError):
        same_function(model, branches("Add"), values)


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("merge", ["Concatenate", "Subtract"])
def test_a_merge_with_an_order_tells_its_branches(merge: str, order: tuple[str, str], tmp_path: Path) -> None:
    model = made(lambda: two_branches(getattr(layers, merge)))
    path = save(model, tmp_path / "m.keras")
    weights = archspec.read_checkpoint(branches(merge, order), path)
    same_function(model, branches(merge, order), weights)


def two_heads(first: str, second: str) -> Model:
    image = keras.Input((4,), name="x")
    return keras.Model(image, [layers.Dense(3, name=first)(image), layers.Dense(3, name=second)(image)])


def test_outputs_of_equal_shapes_are_told_by_their_places(tmp_path: Path) -> None:
    model = made(lambda: two_heads("one", "two"))
    path = save(model, tmp_path / "m.keras")
    head = {"layer_type": "Dense", "units": 3, "inputs": "x"}
    network = archspec.load(
        {"inputs": {"x": [4]}, "layers": [{"name": "p", **head}, {"name": "q", **head}], "outputs": ["q", "p"]}
    )
    same_function(model, network, archspec.read_checkpoint(network, path))


def test_towers_of_equal_shapes_are_told_by_their_inputs(tmp_path: Path) -> None:
    def towers() -> Model:
        inputs = [keras.Input((4,), name=name) for name in ("left", "right")]
        return keras.Model(inputs, layers.Add()([layers.Dense(3)(each) for each in inputs]))

    model = made(towers)
    path = save(model, tmp_path / "m.keras")
    dense = {"layer_type": "Dense", "units": 3}
    entries = [
        {"name": "second", **dense, "inputs": "b"},
        {"name": "first", **dense, "inputs": "a"},
        {"name": "sum", "layer_type": "Add", "inputs": ["second", "first"]},
    ]
    network = archspec.load({"inputs": {"a": [4], "b": [4]}, "layers": entries})
    same_function(model, network, archspec.read_checkpoint(network, path))


def test_equal_names_in_other_places_are_overruled(tmp_path: Path) -> None:
    def chain() -> Model:
        image = keras.Input((4,))
        value = image
        for index in (1, 2, 3):
            value = layers.Dense(4, name=f"fc{index}", activation="tanh")(value)
        return keras.Model(image, value)

    model = made(chain)
    path = save(model, tmp_path / "m.keras")
    dense = {"layer_type": "Dense", "units": 4, "activation": "tanh"}
    network = archspec.load({"inputs": {"x": [4]}, "layers": [{"name": f"fc{index}", **dense} for index in (0, 1, 2)]})
    same_function(model, network, archspec.read_checkpoint(network, path))


def written_otherwise() -> Model:
    """As Keras's networks say padding, heads and gates."""
    image = keras.Input((16, 16, 3))
    value = layers.ZeroPadding2D(((0, 1), (0, 1)))(image)
    value = layers.ReLU(max_value=6)(layers.BatchNormalization()(layers.Conv2D(8, 3, strides=2)(value)))
    value = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(value))
    value = layers.Conv2D(8, 3, padding="same")(value)
    value = value * (layers.ReLU(max_value=6)(value + 3.0) * (1 / 6))
    value = layers.GlobalAveragePooling2D(keepdims=True)(value)
    value = layers.Conv2D(5, 1)(layers.Dropout(0.1)(value))
    return keras.Model(image, layers.Activation("softmax")(layers.Reshape((5,))(value)))


def test_ways_of_writing_do_not_matter(tmp_path: Path) -> None:
    model = made(written_otherwise)
    path = save(model, tmp_path / "m.keras")
    entries: list[Document] = [
        {"name": "a", "layer_type": "Conv2D", "filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"},
        {"name": "b", "layer_type": "BatchNormalization", "activation": "relu6"},
        {"name": "c", "layer_type": "MaxPooling2D", "pool_size": 3, "strides": 2, "padding": 1},
        {"name": "d", "layer_type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": 1, "activation": "hard_silu"},
        {"name": "e", "layer_type": "AdaptiveAveragePooling2D", "output_size": 1},
        {"name": "f", "layer_type": "Flatten"},
        {"name": "g", "layer_type": "Dense", "units": 5, "activation": "softmax"},
    ]
    network = archspec.load({"inputs": {"x": [16, 16, 3]}, "layers": entries})
    weights = archspec.read_checkpoint(network, path)
    assert {each.how for each in weights.matching.matches} == {"graph"}
    assert not weights.matching.differences
    same_function(model, network, weights, 1e-10)


def plain(**options: Any) -> Model:
    image = keras.Input((9, 9, 3))
    value = layers.Conv2D(4, 3, strides=2, padding="same", name="k_conv")(image)
    value = layers.BatchNormalization(epsilon=options.get("epsilon", 1e-3), name="k_bn")(value)
    value = layers.Activation(options.get("activation", "relu"), name="k_act")(value)
    value = layers.GlobalAveragePooling2D(name="k_pool")(value)
    return keras.Model(image, layers.Dense(4, activation=options.get("end"), name="k_fc")(value))


LIKE_PLAIN: list[Document] = [
    {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"},
    {"name": "bn", "layer_type": "BatchNormalization"},
    {"name": "act", "layer_type": "ReLU"},
    {"name": "pool", "layer_type": "GlobalAveragePooling2D"},
    {"name": "fc", "layer_type": "Dense", "units": 4},
]


def like_plain(**changes: Document) -> archspec.Network:
    found = [{**entry, **changes.get(entry["name"], {})} for entry in LIKE_PLAIN]
    return archspec.load({"name": "plain", "inputs": {"x": [9, 9, 3]}, "layers": found})


@pytest.mark.parametrize(
    ("network", "options", "said"),
    [
        (
            like_plain(bn={"epsilon": 1e-5}),
            {},
            "bn (in the file k_bn): epsilon 1e-05, and in the file 0.001",
        ),
        (
            like_plain(conv={"padding": 1}),
            {"epsilon": 0.01},
            "bn (in the file k_bn): epsilon 0.001, and in the file 0.01",
        ),
        (
            like_plain(conv={"strides": 3}),
            {},
            "conv (in the file k_conv): strides [3, 3], and in the file [2, 2]",
        ),
        (
            like_plain(conv={"padding": [[0, 2], [0, 2]]}),
            {},
            "conv (in the file k_conv): padding [[0, 2], [0, 2]], and in the file [[1, 1], [1, 1]]",
        ),
        (like_plain(act={"layer_type": "SiLU"}), {}, "act (in the file k_act): SiLU, and in the file ReLU"),
        (
            like_plain(),
            {"end": "softmax"},
            "fc (in the file k_fc): nothing comes after it, and in the file Softmax",
        ),
        (
            like_plain(pool={"layer_type": "GlobalMaxPooling2D"}),
            {},
            "pool (in the file k_pool): GlobalMaxPooling2D, and in the file GlobalAveragePooling2D",
        ),
    ],
)
def test_another_function_is_told(network: archspec.Network, options: Document, said: str, tmp_path: Path) -> None:
    path = save(made(lambda: plain(**options)), tmp_path / "m.keras")
    with pytest.warns(CheckpointWarning) as warned:
        weights = archspec.read_checkpoint(network, path)
    title, *lines = str(warned[-1].message).splitlines()
    assert title == "the weights fit, and the model in the file computes another function than plain:"
    assert said in [line.strip() for line in lines]
    assert weights.matching.complete


def test_a_param_for_the_last_activation_is_advised(tmp_path: Path) -> None:
    path = save(made(lambda: plain(end="softmax")), tmp_path / "m.keras")
    end = {"layer_type": "Activation", "activation": "$activation", "when": "$(activation != null)"}
    entries = [*LIKE_PLAIN, end]
    document = {"name": "plain", "params": {"activation": None}, "inputs": {"x": [9, 9, 3]}, "layers": entries}
    (note,) = read_weights_file(archspec.load(document).graph, path).notes
    assert said(note).splitlines()[-1] == "--set activation=softmax adds the softmax"
    again = archspec.load(document, params={"activation": "softmax"})
    assert read_weights_file(again.graph, path).notes == ()


def test_layers_that_the_language_lacks_are_passed_over(tmp_path: Path) -> None:
    def strange() -> Model:
        image = keras.Input((6,))
        value = layers.Lambda(lambda x: x * 2, name="own")(image)
        ends = [layers.Dense(6)(layers.GaussianNoise(0.1)(layers.Dense(6)(value))) for _ in range(2)]
        return keras.Model(image, layers.Subtract()(ends))

    path = save(made(strange), tmp_path / "m.keras")
    model = strange()
    model.load_weights(path)
    network = branches("Subtract", ("b", "a"))
    with pytest.warns(CheckpointWarning, match="Lambda"):
        weights = archspec.read_checkpoint(network, path)
    assert {each.how for each in weights.matching.matches} == {"graph"}


def test_a_backbone_in_a_model_with_another_head(tmp_path: Path) -> None:
    def classifier() -> Model:
        head = [layers.GlobalAveragePooling2D(), layers.Dense(7, activation="relu"), layers.Dense(2)]
        return keras.Sequential([mobile_base(5), *head])

    def whole() -> Model:
        base = mobile_base(5)
        value = layers.GlobalAveragePooling2D()(base.output)
        return keras.Model(base.input, layers.Dense(9, activation="softmax", name="predictions")(value))

    model = made(classifier)
    path = save(model, tmp_path / "m.keras")
    spec = renamed(import_model(save(made(whole), tmp_path / "other.json")))
    network = archspec.load(spec)
    weights = archspec.read_checkpoint(network, path, only_matching=True)
    assert {each.layer for each in weights.matching.missing} == {spec["layers"][-1]["name"]}
    assert len(weights.matching.unused) == 4
    backbone = archspec.load(spec, outputs=[spec["layers"][-3]["name"]])
    same_function(model.layers[0], backbone, archspec.read_checkpoint(backbone, path, only_matching=True))


def test_a_file_of_channels_first_has_its_graph(tmp_path: Path) -> None:
    def first() -> Model:
        image = keras.Input((3, 9, 9))
        ends = [
            layers.BatchNormalization(axis=1)(layers.Conv2D(4, 3, data_format="channels_first")(image))
            for _ in range(2)
        ]
        both = layers.Concatenate(axis=1)(ends)
        return keras.Model(image, layers.Dense(2)(layers.GlobalAveragePooling2D(data_format="channels_first")(both)))

    path = save(made(first), tmp_path / "m.keras")
    conv = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "inputs": "x"}
    entries: list[Document] = [
        {"name": "late", **conv},
        {"name": "late_bn", "layer_type": "BatchNormalization"},
        {"name": "early", **conv},
        {"name": "early_bn", "layer_type": "BatchNormalization"},
        {"name": "both", "layer_type": "Concatenate", "inputs": ["early_bn", "late_bn"]},
        {"name": "pool", "layer_type": "GlobalAveragePooling2D"},
        {"name": "fc", "layer_type": "Dense", "units": 2},
    ]
    network = archspec.load({"inputs": {"x": [9, 9, 3]}, "layers": entries})
    matching = match(network.graph, open_checkpoint(path))
    assert matching.complete
    owners = {each.weight.layer: each.tensor.partition("/")[0] for each in matching.matches}
    assert re.fullmatch(r"conv2d(_\d+)?", owners["early"])
    assert natural(owners["early"]) < natural(owners["late"])
    assert natural(owners["early_bn"]) < natural(owners["late_bn"])


def test_any_graph_may_be_in_a_file(tmp_path: Path) -> None:
    """A damaged configuration beside good weights: they are found in another way, or the error is archspec's own."""
    good = save(made(MODELS["separable"]), tmp_path / "good.keras")
    network = archspec.load(renamed(import_model(good)))
    with zipfile.ZipFile(good) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    configuration = json.loads(members["config.json"])
    everywhere, chosen = list(places(configuration)), random.Random(4)
    for _ in range(150):
        members["config.json"] = json.dumps(
            put(configuration, chosen.choice(everywhere), chosen.choice(WRONG))
        ).encode()
        with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        with suppress(ArchspecError):
            match(network.graph, open_checkpoint(tmp_path / "m.keras"))


def test_the_last_digit_of_a_number_is_no_difference(tmp_path: Path) -> None:
    def scaled() -> Model:
        image = keras.Input((4,))
        return keras.Model(image, layers.Dense(3)(layers.Rescaling(0.224**2, offset=0.1 + 0.2)(image)))

    path = save(made(scaled), tmp_path / "m.keras")
    entries = [
        {"name": "scale", "layer_type": "Rescaling", "scale": 0.050176, "offset": 0.3},
        {"name": "fc", "layer_type": "Dense", "units": 3},
    ]
    network = archspec.load({"inputs": {"x": [4]}, "layers": entries})
    assert not archspec.read_checkpoint(network, path).matching.differences
