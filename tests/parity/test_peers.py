"""A third party's network as a third vote, with its own weights carried over by their names or their order."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.errors import ArchspecError
from archspec.weights import WeightsError

pytest.importorskip("torch")
pytest.importorskip("keras")


def _needs(package: str) -> None:
    # Importing torchvision takes more than the name where its compiled part does not load.
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")


def small(name: str, size: int) -> archspec.Network:
    return archspec.load(name, inputs={"": (size, size, 3)})


@pytest.mark.parametrize(
    ("name", "size", "peer"),
    [
        ("squeezenet1_1", 32, "torchvision:squeezenet1_1"),
        pytest.param("resnet18", 32, "timm:resnet18", marks=pytest.mark.slow),
        pytest.param("mobilenet_v2_keras", 32, "keras:MobileNetV2", marks=pytest.mark.slow),
        # Which of its layers is which, only what reads what can say.
        pytest.param("xception_keras", 71, "keras:Xception", marks=pytest.mark.slow),
        # It has three outputs, two of them of auxiliary heads.
        pytest.param("googlenet", 32, "torchvision:googlenet", marks=pytest.mark.slow),
        pytest.param("googlenet_no_aux", 32, "torchvision:googlenet", marks=[pytest.mark.slow, pytest.mark.table]),
    ],
)
def test_both_backends_are_the_third_partys_function(name: str, size: int, peer: str) -> None:
    _needs(peer.partition(":")[0])
    report = archspec.peer_parity(small(name, size), peer)
    assert report.passed, report
    assert {*report.differences} == {*small(name, size).outputs}
    assert all(each.keys() == {"torch", "tensorflow"} for each in report.differences.values())


def test_backends_that_are_wrong_together_are_told_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """They agree with each other, so nothing else would see it."""
    _needs("torchvision")
    for name in ("torch", "tensorflow"):
        backend = find_backend(name)
        run = backend.run

        def wrong(*arguments: Any, run: Any = run) -> dict[str, Any]:
            return {word: array * 1.001 for word, array in run(*arguments).items()}

        monkeypatch.setattr(backend, "run", wrong, raising=False)
    network = small("squeezenet1_1", 32)
    assert archspec.parity(network, batch=2).largest < 1e-10
    assert not archspec.peer_parity(network, "torchvision:squeezenet1_1").passed


@pytest.mark.parametrize(("name", "outputs"), [("googlenet", 3), ("googlenet_no_aux", 1)])
def test_auxiliary_heads_are_there_if_the_network_has_them(name: str, outputs: int) -> None:
    _needs("torchvision")
    from archspec_torch.peers import build

    graph = small(name, 32).graph
    peer = build("torchvision", "googlenet", graph)
    peer.assign({tensor: np.full(each.shape, 0.5) for tensor, each in peer.tensors.items() if each.dtype == "float64"})
    assert [found.shape for found in peer.run(np.ones((2, 32, 32, 3)))] == [(2, 1000)] * outputs


def toy(monkeypatch: pytest.MonkeyPatch, make: Callable[[Any, Any], Any]) -> None:
    """keras.applications has a network Toy: what `make` makes of an input and of the activation at the end."""
    import keras

    def build(input_shape: Any, classifier_activation: str | None, **_: Any) -> Any:
        x = keras.Input(input_shape)
        return keras.Model(x, make(x, classifier_activation))

    monkeypatch.setattr(keras.applications, "Toy", build, raising=False)


def document(*layers: dict[str, Any], x: list[int]) -> dict[str, Any]:
    return {"archspec": 1, "name": "small", "inputs": {"x": x}, "layers": list(layers)}


def test_what_reads_what_tells_layers_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shortcut's kernel has the shape of another's, and Keras lists both behind what only the other reads."""
    point = {"layer_type": "Conv2D", "filters": 3, "kernel_size": 1, "use_bias": False}
    deep = {"name": "deep", "layer_type": "DepthwiseConv2D", "kernel_size": 3, "padding": "same", "use_bias": False}
    block = {"layer_type": "Residual", "layers": [deep, {"name": "point", **point}]}
    network = document({**block, "shortcut": [{"name": "skip", **point}]}, x=[5, 5, 3])

    def residual(x: Any, _: str | None) -> Any:
        from keras import layers

        skip = layers.Conv2D(3, 1, use_bias=False, name="one")(x)
        y = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="two")(x)
        return layers.Add()([layers.Conv2D(3, 1, use_bias=False, name="three")(y), skip])

    toy(monkeypatch, residual)
    report = archspec.peer_parity(network, "keras:Toy")
    assert report.passed, report


DENSE = document({"name": "fc", "layer_type": "Dense", "units": 3, "activation": "softmax"}, x=[4])


def dense(x: Any, activation: str | None) -> Any:
    from keras import layers

    return layers.Dense(3, activation=activation, name="fc")(x)


def test_the_given_weights_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not depend on the input would be the same with almost any network."""
    toy(monkeypatch, dense)
    assert archspec.peer_parity(DENSE, "keras:Toy").passed
    weights = {"fc:kernel": np.zeros((4, 3)), "fc:bias": np.arange(3.0)}
    with pytest.raises(ArchspecError, match="would say nothing"):
        archspec.peer_parity(DENSE, "keras:Toy", weights=weights)
    with pytest.raises(ArchspecError, match="two samples or more"):
        archspec.peer_parity(DENSE, "keras:Toy", batch=1)


def test_a_saturated_softmax_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of three probabilities is 1e-44, and what makes it is wrong by a thousandth."""

    def shifted(x: Any, activation: str | None) -> Any:
        from keras import layers

        return layers.Activation(activation)(layers.Dense(3, name="fc")(x) - np.array([0.0, 0.0, 1e-3]))

    toy(monkeypatch, shifted)
    weights = {"fc:kernel": np.linspace(-1, 1, 12).reshape(4, 3), "fc:bias": np.array([0.0, 0.0, -100.0])}
    assert not archspec.peer_parity(DENSE, "keras:Toy", weights=weights).passed


def test_what_a_third_party_refuses_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    _needs("torchvision")
    with pytest.raises(ArchspecError, match=r"keras:VGG16 cannot be built for small: .*at least 32x32"):
        archspec.peer_parity(document({"layer_type": "Flatten"}, x=[8, 8, 3]), "keras:VGG16")
    with pytest.raises(ArchspecError, match="cannot be built"):
        archspec.peer_parity(DENSE, "torchvision:raft_small")

    def refused(x: Any, _: str | None) -> Any:
        raise TypeError("not this one")

    toy(monkeypatch, refused)
    with pytest.raises(ArchspecError, match="not this one"):
        archspec.peer_parity(DENSE, "keras:Toy")


def test_what_is_no_network_of_a_third_party_is_explained() -> None:
    _needs("torchvision")
    network = small("resnet18", 32)
    for peer, said in {
        "torchvision": "say PACKAGE:NAME, of keras, torchvision, timm",
        "caffe:alexnet": "say PACKAGE:NAME",
        "torchvision:nothing": "torchvision has no network 'nothing'",
        "torchvision:resnet19": "near it are resnet18",
        "timm:resnet19d": "near it are resnet18d",
        "keras:Nothing": "keras.applications has no network 'Nothing': it has ConvNeXtBase",
        "keras:resnet": "keras.applications has no network 'resnet'",
        "timm:resnetblur18": "timm:resnetblur18 has tensors that are no weights: layer2.0.aa.filt",
    }.items():
        with pytest.raises(ArchspecError, match=said):
            archspec.peer_parity(network, peer)
    with pytest.raises(WeightsError, match="does not fit resnet18"):
        archspec.peer_parity(network, "torchvision:squeezenet1_1")


def test_a_checkpoint_that_was_matched_wrong_is_told_from_its_own_network(tmp_path: Path) -> None:
    """Its own tensors go into the third party's network by its own names, and not by how they were matched."""
    _needs("torchvision")
    torch = pytest.importorskip("torch")
    from tests.peers.torchvision_peer import torchvision, train

    peer = torchvision().models.squeezenet1_1(weights=None)
    train(peer)
    torch.save(peer.state_dict(), tmp_path / "squeezenet1_1.pth")
    network = small("squeezenet1_1", 32)
    right = archspec.read_checkpoint(network, tmp_path / "squeezenet1_1.pth")
    assert archspec.peer_parity(network, "torchvision:squeezenet1_1", weights=right).passed
    crossed = {"features.3.expand3x3": "features.4.expand3x3", "features.4.expand3x3": "features.3.expand3x3"}
    wrong = archspec.read_checkpoint(network, tmp_path / "squeezenet1_1.pth", names=crossed)
    assert not archspec.peer_parity(network, "torchvision:squeezenet1_1", weights=wrong).passed
    assert not archspec.peer_parity(network, "torchvision:squeezenet1_1", weights=wrong.held()).passed
    # Without the file nothing tells.
    assert archspec.peer_parity(network, "torchvision:squeezenet1_1", weights=dict(wrong)).passed
