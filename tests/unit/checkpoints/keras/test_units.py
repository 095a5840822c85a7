"""A layer of Keras's with the tensors of several layers here: SeparableConv2D."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints.keras.units import UNITS, split
from tests.peers.applications import FORMATS, WITHOUT_GRAPH, save
from tests.unit.checkpoints.keras.test_orders import rename

keras = pytest.importorskip("keras")

SHAPE = (6, 6, 3)


def model(**names: str) -> Any:
    """Two separable convolutions of equal shapes, of which the second has no bias, and a plain one."""
    layers = keras.layers

    def name(word: str) -> dict[str, str]:
        return {"name": names[word]} if word in names else {}

    image = keras.Input(SHAPE)
    x = layers.SeparableConv2D(3, 3, padding="same", activation="relu", **name("first"))(image)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, **name("second"))(x)
    x = layers.SeparableConv2D(3, 3, padding="same", use_bias=False, **name("third"))(x)
    x = layers.Conv2D(3, 1, use_bias=False, **name("fourth"))(x)
    made = keras.Model(image, x)
    numbers = np.random.default_rng(0)
    made.set_weights([numbers.uniform(-1, 1, array.shape) for array in made.get_weights()])
    return made


def network(*, composite: bool) -> archspec.Network:
    """The same, with the composite or with the two layers that it is."""

    def separable(name: str, **options: Any) -> list[dict[str, Any]]:
        if composite:
            said = {"layer_type": "SeparableConv2D", "filters": 3, "kernel_size": 3, "padding": "same"}
            return [{"name": name, **said, **options}]
        depthwise = {"layer_type": "DepthwiseConv2D", "kernel_size": 3, "padding": "same", "use_bias": False}
        pointwise = {"layer_type": "Conv2D", "filters": 3, "kernel_size": 1, **options}
        return [{"name": f"{name}_dw", **depthwise}, {"name": f"{name}_pw", **pointwise}]

    layers = [
        *separable("first", activation="relu"),
        {"name": "second", "layer_type": "DepthwiseConv2D", "kernel_size": 3, "padding": "same", "use_bias": False},
        *separable("third", use_bias=False),
        {"name": "fourth", "layer_type": "Conv2D", "filters": 3, "kernel_size": 1, "use_bias": False},
    ]
    return archspec.load({"archspec": 1, "name": "small", "inputs": {"image": list(SHAPE)}, "layers": layers})


@pytest.mark.parametrize("composite", [True, False])
@pytest.mark.parametrize("kind", [*FORMATS, "unnamed.weights.h5"])
def test_a_separable_convolution_is_read_from_every_format(tmp_path: Path, kind: str, composite: bool) -> None:
    made, ours = model(), network(composite=composite)
    path = save(made, tmp_path / kind)
    if kind.startswith("unnamed"):
        rename(path)
    found = archspec.read_checkpoint(ours, path)
    assert [found[name].tobytes() for name in found] == [array.tobytes() for array in made.get_weights()]
    how = "graph" if kind in FORMATS and kind not in WITHOUT_GRAPH else "order"
    assert {match.how for match in found.matching.matches} == {how}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_composite_with_the_layers_name_is_found_by_it(tmp_path: Path, kind: str) -> None:
    made = model(first="first", third="third", second="second", fourth="fourth")
    found = archspec.read_checkpoint(network(composite=True), save(made, tmp_path / kind))
    assert {match.how for match in found.matching.matches} == {"name"}
    assert [found[name].tobytes() for name in found] == [array.tobytes() for array in made.get_weights()]


def test_a_map_names_a_part_or_one_tensor(tmp_path: Path) -> None:
    made = model(first="a", third="b")
    path = save(made, tmp_path / "legacy.h5")
    names = {"first.depthwise": "b.depthwise", "first.pointwise:kernel": "b/pointwise_kernel"}
    found = archspec.read_checkpoint(network(composite=True), path, names=names, only_matching=True)
    assert found["first.depthwise:kernel"].tobytes() == np.asarray(made.get_layer("b").depthwise_kernel).tobytes()
    assert found["first.pointwise:kernel"].tobytes() == np.asarray(made.get_layer("b").pointwise_kernel).tobytes()
    with pytest.raises(archspec.WeightsError, match=r"the file has no tensor or layer b\.middle"):
        archspec.read_checkpoint(network(composite=True), path, names={"first.depthwise": "b.middle"})


def test_a_key_leads_to_the_parts_of_a_model_inside(tmp_path: Path) -> None:
    inner = model(first="first", third="third", second="second", fourth="fourth")
    inner.name = "inner"
    image = keras.Input(SHAPE)
    outer = keras.Model(image, keras.layers.Conv2D(2, 1)(inner(image)))
    path = save(outer, tmp_path / "legacy.h5")
    found = archspec.read_checkpoint(network(composite=True), path, key="inner")
    assert [found[name].tobytes() for name in found] == [array.tobytes() for array in inner.get_weights()]


def test_every_part_of_the_table_is_a_layer_with_other_words() -> None:
    for kind, parts in UNITS.items():
        words = [word for part in parts for word in part.words]
        assert len({part.name for part in parts}) == len(parts) > 1
        assert len(set(words)) == len(words)
        for given in (words, [str(place) for place in range(len(words))]):
            found = dict(split("layer", given, kind))
            assert [found[word] for word in given] == [
                (f"layer.{part.name}", own) for part in parts for own in part.words.values()
            ]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["depthwise_kernel", "bias"], ""),
        (["kernel", "bias"], ""),
        (["0", "1"], "conv2d"),
        (["0", "1", "2", "3"], "separable_conv2d"),
    ],
)
def test_another_layer_stays_whole(words: list[str], kind: str) -> None:
    assert not list(split("layer", words, kind))
