"""Keras's files list the layers in an order of Keras's, which tells branches apart whose layers have equal shapes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import archspec
from tests.peers.applications import FORMATS, WITHOUT_GRAPH, save
from tests.peers.keras_peer import build_by
from tests.unit.checkpoints.networks import branches

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")


def rename(path: Path) -> None:
    """Take the layers' names out of a `.weights.h5`, as older releases of Keras 3 wrote it."""
    with h5py.File(path, "r+") as file:
        file.visititems(lambda _, group: group.attrs.clear())


def application() -> tuple[archspec.Network, Any]:
    """ResNetV2 of two blocks a stage, of the zoo and of keras.applications; no two weights are alike."""
    network = archspec.load("resnet50_v2", inputs={"image": (32, 32, 3)}, params={"classes": 7, "depths": [2, 2, 2, 2]})
    twin = build_by(_shallow, network, classes=7, classifier_activation=None)
    numbers = np.random.default_rng(0)
    twin.set_weights([numbers.uniform(0.5, 1.5, array.shape) for array in twin.weights()])
    return network, twin


def _shallow(**options: Any) -> Any:
    from keras.src.applications import resnet

    def stages(x: Any) -> Any:
        for stage, filters in enumerate((64, 128, 256, 512), 2):
            x = resnet.stack_residual_blocks_v2(x, filters, 2, stride1=2 if stage < 5 else 1, name=f"conv{stage}")
        return x

    return resnet.ResNet(stages, preact=True, use_bias=True, **options)


applied = cache(application)


def nameless(network: archspec.Network) -> archspec.Network:
    """The network without what its spec knows of keras.applications' names."""
    return replace(network, graph=replace(network.graph, third_parties=()))


def is_read(network: archspec.Network, twin: Any, path: Path) -> bool:
    """Whether each weight is the one of the layer that the builder applies at the same place."""
    found = archspec.read_checkpoint(network, save(twin.model, path))
    arrays = [found[name] for name in found]
    return [array.shape for array in arrays] == [array.shape for array in twin.weights()] and all(
        mine.tobytes() == theirs.tobytes() for mine, theirs in zip(arrays, twin.weights(), strict=True)
    )


@pytest.mark.filterwarnings("ignore::archspec.checkpoints.CheckpointWarning")
def test_a_builders_file_of_every_format(tmp_path: Path) -> None:
    network, twin = applied()
    for kind in FORMATS:
        assert is_read(nameless(network), twin, tmp_path / kind), kind


def exchanged(*names: str) -> Any:
    """Patches Keras: sums of these names, or all, read their inputs in the other order."""
    call = keras.layers.Add.__call__

    def apply(self: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> Any:
        return call(self, inputs[::-1] if not names or self.name in names else inputs, *args, **kwargs)

    return mock.patch.object(keras.layers.Add, "__call__", apply)


def test_another_order_of_all_merges_is_refused_unless_names_tell_them_apart(tmp_path: Path) -> None:
    with exchanged():
        network, twin = application()
    with pytest.raises(archspec.WeightsError, match="conv2_block1_0_conv is one of conv2"):
        is_read(nameless(network), twin, tmp_path / "legacy.h5")
    path = save(twin.model, tmp_path / "legacy.h5")
    read = archspec.read_checkpoint(network, path)
    assert {found.how for found in read.matching.matches} == {"third party"}
    (kernel,) = (array for array in twin.model.get_layer("conv2_block1_0_conv").get_weights() if array.ndim == 4)
    assert read["conv2.block1.conv0:kernel"].tobytes() == kernel.tobytes()


def test_the_comparison_sees_exchanged_branches(tmp_path: Path) -> None:
    with exchanged("conv2_block1_out"):
        network, twin = application()
    with pytest.warns(archspec.checkpoints.CheckpointWarning, match=r"conv2\.block1\.conv0: conv2_block1_3_conv"):
        assert not is_read(nameless(network), twin, tmp_path / "legacy.h5")


@pytest.mark.filterwarnings("ignore::archspec.checkpoints.CheckpointWarning")
def test_a_file_without_the_top(tmp_path: Path) -> None:
    network, twin = applied()
    headless = keras.Model(twin.model.input, twin.model.layers[-2].output)
    path = save(headless, tmp_path / "legacy.h5")
    found = archspec.read_checkpoint(nameless(network), path, only_matching=True)
    assert found.initial == ("predictions:kernel", "predictions:bias")
    assert all(
        found[name].tobytes() == array.tobytes()
        for name, array in zip(found, twin.weights(), strict=True)
        if name not in found.initial
    )
    with pytest.raises(archspec.WeightsError, match="predictions:kernel"):
        archspec.read_checkpoint(network, path)


def two_branches(*, exchange: bool = False, head: int = 2) -> Any:
    """The model of `branches` with Keras's own names."""
    image = keras.Input((4, 4, 3))
    left, right = keras.layers.Conv2D(4, 1)(image), keras.layers.Conv2D(4, 1)(image)
    both = keras.layers.Concatenate()([right, left] if exchange else [left, right])
    model = keras.Model(image, keras.layers.Conv2D(head, 1)(both))
    numbers = np.random.default_rng(0)
    model.set_weights([numbers.uniform(0.5, 1.5, array.shape) for array in model.get_weights()])
    return model


@pytest.mark.parametrize("kind", WITHOUT_GRAPH)
def test_branches_of_equal_shapes_are_told_apart_by_the_order_of_the_merge(tmp_path: Path, kind: str) -> None:
    network = branches()
    image = np.random.default_rng(1).normal(size=(1, 4, 4, 3)).astype("float32")
    for exchange in (False, True):
        model = two_branches(exchange=exchange)
        (tmp_path / str(exchange)).mkdir()
        path = save(model, tmp_path / str(exchange) / kind)
        if kind == "model.weights.h5":
            rename(path)
        with pytest.warns(archspec.checkpoints.CheckpointWarning, match="left: .*\n.*right: "):
            found = archspec.read_checkpoint(network, path)
        keras_model = network.compile("tensorflow", weights=found)
        np.testing.assert_allclose(keras_model(image), model(image), rtol=1e-6)


@pytest.mark.parametrize("kind", WITHOUT_GRAPH)
def test_a_head_of_another_width_leaves_the_order_of_the_other_layers(tmp_path: Path, kind: str) -> None:
    model = two_branches(head=5)
    with pytest.warns(archspec.checkpoints.CheckpointWarning, match="left: "):
        found = archspec.read_checkpoint(branches(), save(model, tmp_path / kind), only_matching=True)
    assert found.initial == ("last:kernel", "last:bias")
    assert found["left:kernel"].tobytes() == np.asarray(model.layers[1].kernel).tobytes()


def test_another_number_of_layers_is_no_order_of_this_network(tmp_path: Path) -> None:
    image = keras.Input((4, 4, 3))
    three = [keras.layers.Conv2D(4, 1)(image) for _ in range(3)]
    model = keras.Model(image, keras.layers.Conv2D(2, 1)(keras.layers.Concatenate()(three)))
    with pytest.raises(archspec.WeightsError, match="left over"):
        archspec.read_checkpoint(branches(), save(model, tmp_path / "legacy.h5"))


def test_a_map_that_says_otherwise_is_followed(tmp_path: Path) -> None:
    model = two_branches()
    path = save(model, tmp_path / "model.keras")
    first, second = (layer.name for layer in model.layers[1:3])
    found = archspec.read_checkpoint(branches(), path, names={"left": second})
    assert found["left:kernel"].tobytes() == np.asarray(model.get_layer(second).kernel).tobytes()
    assert found["right:kernel"].tobytes() == np.asarray(model.get_layer(first).kernel).tobytes()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.filterwarnings("ignore::archspec.checkpoints.CheckpointWarning")
def test_models_inside_are_groups_of_the_network(tmp_path: Path, kind: str) -> None:
    """Normalisations of equal shapes, of which some are in models inside; the network has groups in their place."""
    layers = keras.layers
    x = image = keras.Input((4, 4, 3))
    for _ in range(2):
        x = keras.Sequential([layers.LayerNormalization(), layers.Conv2D(3, 1)])(layers.LayerNormalization()(x))
    model = keras.Model(image, layers.LayerNormalization()(x))
    numbers = np.random.default_rng(0)
    model.set_weights([numbers.uniform(0.5, 1.5, array.shape) for array in model.get_weights()])
    norm = {"layer_type": "LayerNormalization", "epsilon": 1.0e-3}
    inner = [{"name": "norm", **norm}, {"name": "conv", "layer_type": "Conv2D", "filters": 3, "kernel_size": 1}]
    network = archspec.load(
        {
            "archspec": 1,
            "name": "nested",
            "inputs": {"image": [4, 4, 3]},
            "layers": [
                {"name": "norm1", **norm},
                {"name": "down1", "layers": inner},
                {"name": "norm2", **norm},
                {"name": "down2", "layers": inner},
                {"name": "norm3", **norm},
            ],
        }
    )
    path = save(model, tmp_path / kind)
    if kind == "model.weights.h5":
        rename(path)
    found = archspec.read_checkpoint(network, path)
    assert [found[name].tobytes() for name in found] == [array.tobytes() for array in model.get_weights()]
