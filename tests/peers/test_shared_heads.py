"""Heads that all levels of a pyramid share, against models of PyTorch and Keras that are written by hand.

The pyramid is that of Lin et al. 2016, arXiv:1612.03144, the heads those of RetinaNet (Lin et al. 2017,
arXiv:1708.02002), here with a batch normalisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
import yaml

import archspec
from tests.peers.agreement import agreed
from tests.peers.keras_peer import float64

if TYPE_CHECKING:
    import keras
    from torch import nn

Array = npt.NDArray[Any]

TOLERANCE = 1e-12

LEVELS = ("p3", "p4", "p5")

SPEC = """
archspec: 1
name: heads
inputs: {image: [40, 56, 3]}
defaults:
  Conv2D: {kernel_size: 3, padding: 1}
  BatchNormalization: {epsilon: 1.0e-5, momentum: 0.9}
blocks:
  Head:
    params: {outputs: required}
    layers:
      - name: conv
        layers:
          - {layer_type: Conv2D, filters: 8}
          - {layer_type: BatchNormalization}
          - {layer_type: ReLU}
          - {layer_type: Conv2D, filters: 8}
          - {layer_type: BatchNormalization}
          - {layer_type: ReLU}
      - {name: out, layer_type: Conv2D, filters: $outputs}
layers:
  - {name: c3, layer_type: Conv2D, filters: 6, strides: 2}
  - {name: c4, layer_type: Conv2D, filters: 6, strides: 2}
  - {name: p5, layer_type: Conv2D, filters: 8, strides: 2}
  - {name: p4, layer_type: Conv2D, inputs: c4, filters: 8}
  - {name: p3, layer_type: Conv2D, inputs: c3, filters: 8}
  - {name: cls, layer_type: Head, each: [p3, p4, p5], outputs: 5}
  - {name: box, layer_type: Head, each: [p3, p4, p5], outputs: 4}
outputs: [cls, box]
"""


def network() -> archspec.Network:
    return archspec.load(yaml.safe_load(SPEC))


def images() -> Array:
    return np.random.default_rng(0).standard_normal((2, 40, 56, 3))


def by_hand_in_torch() -> nn.Module:
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Head(nn.Module):
        def __init__(self, outputs: int) -> None:
            super().__init__()
            layers: list[nn.Module] = []
            for _ in range(2):
                layers += [nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()]
            self.conv = nn.Sequential(*layers)
            self.out = nn.Conv2d(8, outputs, 3, padding=1)

        def forward(self, x: Any) -> Any:
            return self.out(self.conv(x))

    class Heads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c3 = nn.Conv2d(3, 6, 3, stride=2, padding=1)
            self.c4 = nn.Conv2d(6, 6, 3, stride=2, padding=1)
            self.p5 = nn.Conv2d(6, 8, 3, stride=2, padding=1)
            self.p4 = nn.Conv2d(6, 8, 3, padding=1)
            self.p3 = nn.Conv2d(6, 8, 3, padding=1)
            self.cls = Head(5)
            self.box = Head(4)

        def forward(self, x: Any) -> dict[str, Any]:
            c3 = self.c3(x)
            c4 = self.c4(c3)
            pyramid = {"p3": self.p3(c3), "p4": self.p4(c4), "p5": self.p5(c4)}
            heads = {"cls": self.cls, "box": self.box}
            return {f"{name}_{level}": head(x) for name, head in heads.items() for level, x in pyramid.items()}

    return Heads()


def by_hand_in_keras() -> keras.Model:
    keras = pytest.importorskip("keras")
    layers = keras.layers

    def conv(filters: int, name: str, strides: int = 1) -> Any:
        pad, sums = layers.ZeroPadding2D(1), layers.Conv2D(filters, 3, strides=strides, name=name)
        return lambda x: sums(pad(x))

    def head(outputs: int, name: str) -> keras.Sequential:
        made = [keras.Input((None, None, 8))]
        for at in (0, 3):
            made += [layers.ZeroPadding2D(1), layers.Conv2D(8, 3, name=f"{name}.conv.{at}")]
            made += [layers.BatchNormalization(epsilon=1e-5, name=f"{name}.conv.{at + 1}"), layers.ReLU()]
        return keras.Sequential([*made, layers.ZeroPadding2D(1), layers.Conv2D(outputs, 3, name=f"{name}.out")])

    image = keras.Input((40, 56, 3))
    c3 = conv(6, "c3", 2)(image)
    c4 = conv(6, "c4", 2)(c3)
    pyramid = {"p5": conv(8, "p5", 2)(c4), "p4": conv(8, "p4")(c4), "p3": conv(8, "p3")(c3)}
    heads = {"cls": head(5, "cls"), "box": head(4, "box")}
    return keras.Model(image, {f"{name}_{level}": heads[name](pyramid[level]) for name in heads for level in LEVELS})


def largest_difference(weights: dict[str, Array], expected: dict[str, Array]) -> float:
    """Of either backend's outputs from these, in units of their largest value."""
    both = agreed(network(), weights, {"image": images()})
    names = {f"{head}_{level}" for head in ("cls", "box") for level in LEVELS}
    assert all(set(found) == names == set(expected) for found in both.values())
    return max(
        float(np.abs(found[name] - expected[name]).max() / np.abs(expected[name]).max())
        for found in both.values()
        for name in names
    )


def test_is_the_network_that_is_written_by_hand_in_pytorch() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    peer = by_hand_in_torch().double()
    with torch.no_grad():
        for _ in range(2):  # statistics of its own
            peer(torch.from_numpy(images().transpose(0, 3, 1, 2)))
    peer.eval()
    own = network().compile("torch", dtype="float64", device="cpu")
    assert list(own.state_dict()) == list(peer.state_dict())
    own.load_state_dict(peer.state_dict(), strict=True)
    with torch.no_grad():
        outputs = peer(torch.from_numpy(images().transpose(0, 3, 1, 2)))
    expected = {name: value.numpy().transpose(0, 2, 3, 1) for name, value in outputs.items()}
    assert largest_difference(archspec.read_weights(network(), own), expected) < TOLERANCE


def test_is_the_network_that_is_written_by_hand_in_keras() -> None:
    pytest.importorskip("tensorflow")
    weights = network().weights()
    rng = np.random.default_rng(1)
    weights = {name: np.abs(rng.standard_normal(array.shape)) for name, array in weights.items()}
    with float64():
        peer = by_hand_in_keras()
        every = [layer for each in peer.layers for layer in getattr(each, "layers", [each])]
        for layer in every:
            for variable in layer.weights:
                variable.assign(weights.pop(f"{layer.name}:{variable.name}"))
        assert not weights, "each weight has its place"
        expected = {name: np.asarray(value) for name, value in peer(images(), training=False).items()}
        taken = {f"{layer.name}:{variable.name}": np.asarray(variable) for layer in every for variable in layer.weights}
    assert largest_difference(taken, expected) < TOLERANCE
