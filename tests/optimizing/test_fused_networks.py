"""The fused form of an optimised network: the same weights, the same function, fewer steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.comparison import random_inputs
from archspec.errors import EmitError
from archspec.passes import at_usual_sizes
from archspec.weights import randomised
from tests.marks import rows_but
from tests.optimizing.agreement import SAME
from tests.zoo.small import NETWORKS

torch = pytest.importorskip("torch")

CLOSE = 1e-4
"""Float32 differs by some 1e-6 of the largest output."""


def outputs(optimized: archspec.Optimized, dtype: str, batch: int) -> tuple[Any, dict[str, Any]]:
    graph = optimized.network.graph
    model = optimized.compile("torch", dtype=dtype, device="cpu")
    inputs = random_inputs(at_usual_sizes(graph)[0], 5, batch=batch)
    return model, find_backend("torch").run(graph, model, inputs)


def difference(plain: dict[str, Any], fused: dict[str, Any]) -> float:
    assert plain.keys() == fused.keys()
    return max(float(np.abs(plain[name] - fused[name]).max() / np.abs(plain[name]).max()) for name in plain)


@pytest.mark.parametrize("name", rows_but(["resnet20_cifar", "mobilenet_v3_small"], NETWORKS, NETWORKS))
def test_it_computes_the_same_from_the_same_weights(name: str) -> None:
    network = archspec.load(name, **NETWORKS[name])
    weights = randomised(at_usual_sizes(network.graph)[0], 3)
    plain, fused = (network.optimize(weights, fuse=fuse) for fuse in (False, True))
    for dtype, batch, limit in (("float32", 1, CLOSE), ("float32", 3, CLOSE), ("float64", 2, SAME)):
        expected, wanted = outputs(plain, dtype, batch)
        model, found = outputs(fused, dtype, batch)
        assert difference(wanted, found) < limit
        assert {key: value.shape for key, value in model.state_dict().items()} == {
            key: value.shape for key, value in expected.state_dict().items()
        }
        layers = [each for each in model.modules() if type(each).__name__ == "FusedConv2d"]
        if torch.backends.mkldnn.is_available():
            fast = [each for each in layers if each.packed]
            assert bool(fast) is (dtype == "float32" and bool(layers))
            assert all(each.packed or each.is_product for each in layers) or dtype == "float64"


def forms(text: str) -> str:
    """The fused source of a list of layers."""
    source = archspec.load(text).optimize(fuse=True).network.emit("torch")
    return source.partition("class Net")[2].partition("if __name__")[0]


def spec(*layers: str) -> str:
    lines = ["archspec: 1", "name: net", "inputs: {image: [8, 8, 3]}", "layers:", *[f"  - {each}" for each in layers]]
    return "\n".join(lines) + "\n"


CONV = "{name: c, layer_type: Conv2D, filters: 3, kernel_size: 3, padding: same}"
"""A convolution that could add its input."""

RESIDUAL = f"{{layer_type: Residual, layers: [{{layer_type: MaxPooling2D, pool_size: 1}}, {CONV}]}}"


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([CONV, "{layer_type: ReLU}"], ["activation=nn.ReLU(inplace=True)"]),
        ([CONV, "{layer_type: GELU}"], ["activation=nn.GELU()"]),
        ([CONV, "{layer_type: Softplus}"], ["F.softplus"]),
        ([RESIDUAL, "{layer_type: ReLU}"], ["return self.c(y, x)", "activation=nn.ReLU"]),
        ([RESIDUAL, "{layer_type: SiLU}"], ["F.silu(self.c(y, x)"]),
    ],
)
def test_a_convolution_takes_what_alone_reads_it(layers: list[str], said: list[str], tmp_path: Any) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(spec(*layers), encoding="utf-8")
    source = forms(str(file))
    assert all(each in source for each in said)


def test_a_value_with_two_readers_is_not_joined(tmp_path: Any) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(
        spec(CONV, "{name: r, layer_type: ReLU}", "{name: s, layer_type: Add, inputs: [c, r]}"), encoding="utf-8"
    )
    assert "activation" not in forms(str(file))


def test_another_backend_refuses_it() -> None:
    network = archspec.load("lenet5").optimize(fuse=True).network
    with pytest.raises(EmitError, match="no fused form"):
        network.emit("tensorflow")
