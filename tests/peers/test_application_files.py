"""Files of keras.applications' builders are read without a map, in every format of Keras.

Those of large models have names and shapes and no values. With `--regenerate` the results are kept for docs/weights.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.checkpoints import CheckpointWeights, Matching, match, open_checkpoint
from archspec.importing import import_model
from archspec.network import Network
from archspec.weights import randomised
from tests.marks import rows_but
from tests.peers import measured
from tests.peers.agreement import agreed
from tests.peers.applications import BUILDERS, FORMATS, SIZES, save, save_shapes, without_values_in_files
from tests.peers.keras_peer import (
    TOLERANCE,
    Twin,
    build_application,
    finish,
    random_inputs,
    relative_difference,
    without_values,
)
from tests.zoo.kept import Kept, rounded

KEPT = Kept("applications.json")

CLASSES = 7
MOST = 35_000_000
"""The largest number of parameters of a model whose files have values."""

IN_NUMBERS = "MobileNet"
FEW = (IN_NUMBERS, "ConvNeXtTiny", "MobileNetV3Large")
"""A few of the builders' kinds. Without `--tables` or `--regenerate` all but the first are read without values.

A shallow ResNetV2 is read from every format by tests/unit/checkpoints/keras/test_orders.py, which is quick."""


def loaded(builder: str) -> Network:
    """The network for the builder's small images."""
    name, size = BUILDERS[builder], SIZES.get(builder, 32)
    params = {setting.name for setting in archspec.load(name).settings}
    if "size" in params:
        return archspec.load(name, params={"classes": CLASSES, "size": size})
    return archspec.load(name, params={"classes": CLASSES}, inputs={"image": (size, size, 3)})


def built(builder: str, network: Network) -> Twin:
    """The builder's model, as the first one of a process: layers without names are numbered in it."""
    import keras

    keras.utils.clear_session()
    return build_application(network, builder, classes=CLASSES, classifier_activation=None)


@pytest.mark.parametrize("builder", rows_but((), FEW, BUILDERS))
@pytest.mark.filterwarnings("ignore::archspec.checkpoints.CheckpointWarning")
def test_every_format_is_read_without_a_map(tmp_path: Path, builder: str, request: pytest.FixtureRequest) -> None:
    network = loaded(builder)
    all_in_numbers = measured.keep or request.config.getoption("--tables")
    in_numbers = network.parameters().total <= MOST and (all_in_numbers or builder == IN_NUMBERS)
    found = _in_numbers(builder, network, tmp_path) if in_numbers else _by_names(builder, network, tmp_path)
    if measured.keep:
        KEPT.write(network.name, {"builder": builder, **found})


def _in_numbers(builder: str, network: Network, folder: Path) -> dict[str, Any]:
    """For each format what its matches are found by; and the difference of the models that have what is read.

    The same is read from each format, bit for bit, so that there is one difference for all.
    """
    twin = built(builder, network)
    as_if_trained(twin, network, folder)
    found = [archspec.read_checkpoint(network, save(twin.model, folder / kind)) for kind in FORMATS]
    first, *others = [{name: array.tobytes() for name, array in read.items()} for read in found]
    assert others == [first] * len(others)
    inputs = random_inputs(network)
    (expected,) = twin.outputs(inputs)
    assert expected.std(axis=0).max() > 1e-6, "the output does not depend on the input"
    models = agreed(network, dict(found[0].items()), inputs)
    difference = max(relative_difference(*each.values(), expected) for each in models.values())
    assert difference < TOLERANCE
    return {"difference": rounded(difference), "formats": dict(zip(FORMATS, map(_ways, found), strict=True))}


def _ways(read: CheckpointWeights) -> list[str]:
    return sorted({each.how for each in read.matching.matches})


def as_if_trained(twin: Twin, network: Network, folder: Path) -> None:
    """Give the twin weights as if trained, each to the layer that a file's reader takes it from.

    If the reader is wrong, so is the place of these weights, and the twin computes another function.
    """
    variables = {f"{layer.name}/{variable.name}": variable for layer in twin.layers for variable in layer.weights}
    matching = match(network.graph, open_checkpoint(save(twin.model, folder / "legacy.h5")))
    weights = randomised(network.graph)
    assert_named(matching, twin)
    for found in matching.matches:
        layer, word = matching.checkpoint.whole(found.tensor)
        variables[f"{layer.rpartition('/')[2]}/{word}"].assign(weights[found.weight.canonical])
    finish(twin.model)


def assert_named(matching: Matching, twin: Twin) -> None:
    """Only layers to which the builder gives no name are found without it, and the unnamed variables of LayerScale.

    The Inceptions have mostly such layers, and a file's names count only if most are known.
    """
    from keras.src.utils.naming import to_snake_case

    if matching.network.startswith("inception"):
        return
    kinds = {layer.name: type(layer).__name__ for layer in twin.layers}
    for each in matching.matches:
        name = matching.checkpoint.whole(each.tensor)[0].rpartition("/")[2]
        automatic = to_snake_case(kinds[name])
        unnamed = automatic == "layer_scale" or name.rstrip("0123456789").rstrip("_") == automatic
        assert unnamed or each.how in ("name", "third party"), (name, each.how)


def _by_names(builder: str, network: Network, folder: Path) -> dict[str, Any]:
    """For each format what its matches are found by: each tensor is of the layer that the builder applies there.

    The spec that is imported from the model has its weights, and the same function.
    """
    with without_values():
        twin = built(builder, network)
    owners = [
        (layer.name, tuple(variable.shape))
        for layer in twin.layers
        for variable in layer.weights
        if variable.name != "count"
    ]
    ways = {}
    for kind in FORMATS:
        with without_values_in_files():
            checkpoint = open_checkpoint(save_shapes(twin.model, folder / kind))
            matching = match(network.graph, checkpoint)
        assert matching.complete
        if kind == "legacy.h5":
            assert_named(matching, twin)
        layers = [checkpoint.whole(each.tensor)[0].rpartition("/")[2] for each in matching.matches]
        assert list(zip(layers, (each.shape for each in matching.matches), strict=True)) == owners
        ways[kind] = sorted({each.how for each in matching.matches})
    _assert_imported(twin, folder / "model.keras")
    return {"difference": None, "formats": ways}


def _assert_imported(twin: Twin, path: Path) -> None:
    network = archspec.load(import_model(path))
    assert network.parameters() == twin.parameters()
    with without_values_in_files():
        matching = match(network.graph, open_checkpoint(path))
    assert matching.complete
    assert not matching.differences


def test_the_builders_are_keras_applications() -> None:
    import keras

    names = {name for name in dir(keras.applications) if callable(getattr(keras.applications, name))}
    assert set(BUILDERS) == names
    assert len(BUILDERS) == 40
    assert set(BUILDERS.values()) <= set(archspec.list_networks())
