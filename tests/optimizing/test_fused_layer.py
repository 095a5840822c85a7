"""The fused convolution computes in oneDNN what its layers compute one by one, from the weights that it has now."""

from __future__ import annotations

import copy
import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

torch = pytest.importorskip("torch")
nn = torch.nn
prune: Any = pytest.importorskip("torch.nn.utils.prune")
forward_ad: Any = torch.autograd.forward_ad
FusedConv2d: Any = pytest.importorskip("archspec_torch.emit.helpers.fused_conv2d").FusedConv2d

pytestmark = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this PyTorch has no oneDNN")

CLOSE = {"atol": 1e-5, "rtol": 1e-5}

ACTIVATIONS = {
    "none": None,
    "identity": nn.Identity(),
    "relu": nn.ReLU(),
    "relu6": nn.ReLU6(),
    "hardtanh": nn.Hardtanh(-1.0, 0.5),
    "leaky_relu": nn.LeakyReLU(0.2),
    "silu": nn.SiLU(),
    "hardswish": nn.Hardswish(),
    "hardsigmoid": nn.Hardsigmoid(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "gelu": nn.GELU(),
    "gelu_tanh": nn.GELU("tanh"),
}

CONVOLUTIONS = {
    "3x3": {"kernel_size": 3, "padding": 1},
    "1x1": {"kernel_size": 1, "bias": False},
    "1x1, padded": {"kernel_size": 1, "padding": 1},
    "unequal": {"kernel_size": (3, 5), "stride": (2, 1), "padding": (1, 2)},
    "dilated": {"kernel_size": 3, "dilation": 2, "padding": 2, "groups": 2},
    "depthwise": {"kernel_size": 5, "groups": 12, "padding": 2, "stride": 2},
    "same": {"kernel_size": (3, 5), "padding": "same", "dilation": (1, 2)},
    "valid": {"kernel_size": 2, "padding": "valid"},
}

SIZES = [(1, 13, 9), (8, 7, 11)]


def convolution(activation: Any = None, **settings: Any) -> Any:
    torch.manual_seed(1)
    return FusedConv2d(12, 24, activation=activation, **settings).eval()


def image(batch: int = 2, height: int = 9, width: int = 9) -> Any:
    return 2 * torch.randn(batch, 12, height, width, generator=torch.Generator().manual_seed(2))


def fused(layer: Any, *values: Any) -> Any:
    with torch.inference_mode():
        found = layer(*values)
    assert layer.packed or layer.is_product, "it ran one by one"
    return found


def one_by_one(layer: Any, *values: Any) -> Any:
    """The result of the layers one by one, which need gradients."""
    with torch.enable_grad():
        return layer(*values).detach()


def layouts(x: Any) -> list[Any]:
    """Equal images with several strides."""
    wide = x.repeat_interleave(2, dim=2)
    return [x, x.contiguous(memory_format=torch.channels_last), wide[:, :, ::2], x.mT.contiguous().mT]


@pytest.mark.parametrize("settings", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_each_convolution_and_activation(settings: dict[str, Any]) -> None:
    for activation in ACTIVATIONS.values():
        for turn in (torch.contiguous_format, torch.channels_last):
            layer = convolution(activation, **settings).to(memory_format=turn)
            for size in SIZES:
                for x in layouts(image(*size)):
                    assert torch.allclose(fused(layer, x), one_by_one(layer, x), **CLOSE)


@pytest.mark.parametrize("settings", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_sums_leave_the_other_value_as_it_is(settings: dict[str, Any]) -> None:
    for activation in (None, nn.ReLU()):
        layer = convolution(activation, **settings)
        for size in SIZES:
            x = image(*size)
            values = torch.randn(one_by_one(layer, x).shape)
            for other in layouts(values):
                assert torch.allclose(fused(layer, x, other), one_by_one(layer, x, values), **CLOSE)
                assert torch.equal(other, values)


@pytest.mark.parametrize(("size", "steps"), [(9, 0), (280, 1)])
def test_a_small_product_of_matrices_needs_no_step(size: int, steps: int) -> None:
    layer, x = convolution(nn.ReLU(), kernel_size=1), image(1, size, size)
    other = torch.randn(1, 24, size, size)
    expected, wanted = one_by_one(layer, x), one_by_one(layer, x, other)
    assert torch.allclose(fused(layer, x), expected, **CLOSE)
    assert torch.allclose(fused(layer, x, other), wanted, **CLOSE)
    assert len(layer.packed) == steps


def stepped(layer: Any) -> None:
    """Fused optimizers leave a weight's version as it is."""
    layer(image()).sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.1, fused=True).step()


def masked(layer: Any) -> None:
    """A mask makes a new weight for each call, often at the same address."""
    prune.l1_unstructured(layer, "weight", 0.3)
    torch.no_grad()(layer.weight_orig.mul_)(2)


CHANGES = {
    "load_state_dict": lambda layer: layer.load_state_dict({k: v + 1 for k, v in layer.state_dict().items()}),
    "in place": lambda layer: torch.no_grad()(layer.weight.mul_)(2),
    "replaced": lambda layer: setattr(layer, "weight", nn.Parameter(layer.weight + 1)),
    "data, then eval()": lambda layer: (layer.weight.data.mul_(3), layer.eval()),
    "half and back": lambda layer: layer.half().float(),
    "masked": masked,
    "fused optimizer": stepped,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_weight_counts_at_once(change: Any) -> None:
    layer, x = convolution(nn.ReLU(), kernel_size=3), image()
    before = fused(layer, x)
    change(layer)
    after = fused(layer, x)
    assert not torch.equal(before, after)
    assert torch.allclose(after, one_by_one(layer, x), **CLOSE)


def test_few_sizes_are_kept_and_no_copy_has_them() -> None:
    layer = convolution(nn.ReLU(), kernel_size=3)
    for size in range(5, 11):
        fused(layer, image(1, size, size))
    assert len(layer.packed) == 2
    written = io.BytesIO()
    torch.save(layer, written)
    written.seek(0)
    for other in (copy.deepcopy(layer), torch.load(written, weights_only=False)):
        assert not other.packed
        assert torch.equal(fused(other, image()), fused(layer, image()))
    assert [*layer.state_dict()] == ["weight", "bias"]


def test_threads_may_share_it() -> None:
    layer = convolution(nn.ReLU(), kernel_size=3)
    images = [image(1, size, size) for size in (5, 6, 7, 8)] * 8
    expected = [one_by_one(layer, x) for x in images]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda x: fused(layer, x), images))
    assert all(torch.allclose(got, wanted, **CLOSE) for got, wanted in zip(found, expected, strict=True))


def forward_mode(layer: Any, x: Any) -> Any:
    """`no_grad` leaves tangents on."""
    with torch.no_grad(), forward_ad.dual_level():
        value, tangent = forward_ad.unpack_dual(layer(forward_ad.make_dual(x, torch.ones_like(x))))
        assert tangent is not None
    return value


ELSEWHERE = {
    "compiled": lambda layer, x: torch.no_grad()(torch.compile(layer, backend="eager", fullgraph=True))(x),
    "forward mode": forward_mode,
    "training": lambda layer, x: layer.train()(x),
    "float64": lambda layer, x: torch.no_grad()(layer.double())(x.double()),
    "without oneDNN": lambda layer, x: torch.backends.mkldnn.flags(enabled=False)(torch.no_grad()(layer))(x),
    "autocast": lambda layer, x: torch.autocast("cpu", torch.bfloat16)(torch.no_grad()(layer))(x),
    "mapped": lambda layer, x: torch.no_grad()(torch.vmap(lambda each: layer(each[None])[0]))(x),
    "unbatched": lambda layer, x: torch.stack([torch.no_grad()(layer)(each) for each in x]),
    "traced": lambda layer, x: torch.no_grad()(torch.jit.trace)(layer, (x,), check_trace=False)(x),
}


@pytest.mark.parametrize("run", ELSEWHERE.values(), ids=ELSEWHERE)
def test_elsewhere_the_layers_run_one_by_one(run: Any) -> None:
    layer, x = convolution(nn.ReLU(), kernel_size=3), image()
    expected = one_by_one(layer, x)
    found = run(layer, x)
    assert not layer.packed
    assert torch.allclose(found.float(), expected, atol=0.1 if found.dtype is torch.bfloat16 else 1e-5)


@pytest.mark.parametrize("activation", [nn.ELU(), nn.SiLU()])
def test_another_activation_in_its_place_counts(activation: Any) -> None:
    """Behind a sum the step has no SiLU, and no step has ELU."""
    layer, x, other = convolution(nn.ReLU(), kernel_size=3), image(), torch.randn(2, 24, 7, 7)
    layer.activation = activation
    with torch.inference_mode():
        alone, summed = layer(x), layer(x, other)
    assert torch.allclose(alone, one_by_one(layer, x), **CLOSE)
    assert torch.allclose(summed, one_by_one(layer, x, other), **CLOSE)


def test_gradients_are_those_of_the_layers() -> None:
    layer, x = convolution(nn.ReLU(), kernel_size=3).double(), image().double().requires_grad_()
    assert torch.autograd.gradcheck(lambda value: layer(value, value[:, :1, 1:-1, 1:-1].repeat(1, 24, 1, 1)), (x,))


EXPORT = """
import torch
from archspec_torch.emit.helpers.fused_conv2d import FusedConv2d

layer = FusedConv2d(3, 4, 3, activation=torch.nn.ReLU()).eval()
x = torch.randn(1, 3, 8, 8)
with torch.no_grad():
    expected = layer(x)
    assert layer.packed
    exported = torch.export.export(layer, (x,))
assert not [node for node in exported.graph.nodes if "mkldnn" in str(node.target)]
assert torch.allclose(exported.module()(x), expected, atol=1e-5)
"""


@pytest.mark.slow
def test_it_is_exported_in_a_fresh_process() -> None:
    subprocess.run([sys.executable, "-c", EXPORT], check=True, timeout=300)


def test_no_other_weight_has_the_address_of_a_packed_one() -> None:
    """A mask makes a weight anew in each call: its address must not be that of an earlier one, by which it is known."""
    layer, x = convolution(nn.ReLU(), kernel_size=3), image()
    prune.identity(layer, "weight")
    torch.no_grad()(layer)(x)
    ((source, _),) = layer.packed.values()
    assert source.data_ptr() == layer.weight.data_ptr()
    torch.no_grad()(layer.weight_orig.mul_)(1.5)
    found = torch.no_grad()(layer)(x)
    assert len(layer.packed) == 2
    expected = nn.functional.conv2d(x, layer.weight_orig, layer.bias).relu()
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-4)
