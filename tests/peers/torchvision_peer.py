"""torchvision's networks, to hold archspec's against: same weights under the same names, same outputs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from archspec import Network, read_weights
from archspec.comparison.peers import DEPENDENCE
from tests.peers import measured
from tests.peers.agreement import SAMPLES, agreed

if TYPE_CHECKING:
    from torch import Tensor, nn

Array = npt.NDArray[Any]

TOLERANCE = 1e-10

Outputs = Callable[["nn.Module", "Tensor"], Mapping[str, "Tensor"]]
"""Runs torchvision's network; gives what each of archspec's outputs should be."""


def torchvision() -> ModuleType:
    """torchvision, also where its compiled extension does not load (a PyTorch for CPUs only)."""
    from archspec_torch.peers import package

    return package("torchvision")


def build_peer(name: str, **options: Any) -> nn.Module:
    """torchvision's network on the meta device: it has names and shapes, and no values."""
    from archspec_torch.runtime import without_values

    with without_values():
        model: nn.Module = torchvision().models.get_model(name, weights=None, **options)
    return model.double().eval()


def build_ours(network: Network) -> nn.Module:
    """The network that archspec's source makes, on the meta device."""
    from archspec.backend.execution import execute
    from archspec_torch.emit.names import entry_point
    from archspec_torch.runtime import without_values

    module = execute(network.emit("torch"), network.name)
    with without_values():
        model: nn.Module = getattr(module, entry_point(network.graph))()
    return model.eval()


def assert_loads(network: Network, peer: nn.Module) -> nn.Module:
    """torchvision's state_dict is ours, name by name and shape by shape; the result is our network with it."""
    ours = build_ours(network)
    ours.load_state_dict(peer.state_dict(), strict=True, assign=True)
    trainable = sum(parameter.numel() for parameter in peer.parameters())
    assert network.parameters().trainable == trainable
    return ours


def assert_variant(
    network: Network, peer: nn.Module, compare: Callable[[Network, nn.Module], float] | None = None
) -> None:
    """A further network of a family of which another is compared in numbers: its layers are the peer's.

    The peer's state_dict is ours, and each layer with weights says the same of itself: its kernel, strides, padding,
    groups, epsilon. No model has values. With `--regenerate` the network is compared in numbers, too, by `assert_same`
    or what `compare` is, and what is measured goes into the zoo's table.
    """
    if measured.keep:
        (compare or assert_same)(network, peer)
    else:
        _assert_alike(assert_loads(network, peer), peer)


def _assert_alike(ours: nn.Module, peer: nn.Module) -> None:
    """Layers with weights print the same, apart from momentum; so does padding where both classes are PyTorch's own."""
    found, expected = dict(ours.named_modules()), dict(peer.named_modules())
    for name in {key.rpartition(".")[0] for key in peer.state_dict()}:
        pair = found[name], expected[name]
        is_plain = all(type(module).__module__.startswith("torch.nn.") for module in pair)
        one, other = (re.sub(r", momentum=[^,]*", "", _padded_in_numbers(module)) for module in pair)
        assert one == other or (not is_plain and re.sub(PADDING, "", one) == re.sub(PADDING, "", other)), name


PADDING = r", padding=(\w+|\(.*?\))"


def _padded_in_numbers(module: Any) -> str:
    """What PyTorch prints of a layer, without padding by nothing."""
    said: str = module.extra_repr()
    if "padding=same" in said:
        half = tuple(each * (size - 1) // 2 for size, each in zip(module.kernel_size, module.dilation, strict=True))
        said = said.replace("padding=same", f"padding={half}")
    return re.sub(r", padding=(valid|\(0, 0\))", "", said)


def assert_same(
    network: Network,
    peer: nn.Module,
    outputs: Outputs | None = None,
    *,
    against: str = "",
    fill: Callable[[nn.Module], None] | None = None,
) -> float:
    """With torchvision's weights ours are the same function: the PyTorch model, and TensorFlow's through it.

    `fill` gives the peer its weights, `train` without it. The largest difference goes into the zoo's table, as one from
    the peer's package or from what `against` calls it, and is given back.
    """
    import torch

    from archspec_torch.weights import to_native

    (fill or train)(peer.to_empty(device="cpu"))
    ours = assert_loads(network, peer)
    weights = read_weights(network, ours)
    _assert_equal(to_native(network.graph, weights), ours.state_dict())
    image = torch.randn(SAMPLES, *_channels_first(network), generator=_generator(), dtype=torch.float64)
    with torch.no_grad():
        expected = outputs(peer, image) if outputs else dict.fromkeys(network.outputs, peer(image))
    inputs = dict.fromkeys(network.inputs, image.permute(0, 2, 3, 1).numpy())
    both = agreed(network, weights, inputs, ours)
    differences = [difference for results in both.values() for difference in _differences(results, expected)]
    largest = max(differences)
    measured.record(network, against or type(peer).__module__.partition(".")[0], largest)
    return largest


def _assert_equal(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Two states are the same to the last bit."""
    import torch

    assert found.keys() == expected.keys()
    assert [name for name, tensor in found.items() if not torch.equal(tensor, expected[name])] == []


def train(model: nn.Module) -> None:
    """Fill a network as if it had been trained: nothing is 0 or 1, and values keep their size through ReLUs."""
    import torch

    generator = _generator()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.dim() > 1:
                bound = math.sqrt(6 / tensor[0].numel())
                tensor.uniform_(-bound, bound, generator=generator)
            elif name.endswith("num_batches_tracked"):
                tensor.zero_()
            else:
                centre = 0.0 if name.endswith(("bias", "running_mean")) else 1.0
                tensor.uniform_(centre - 0.5, centre + 0.5, generator=generator)


def _differences(found: Mapping[str, Array], expected: Mapping[str, Tensor]) -> Iterator[float]:
    """The largest difference of each output, in units of its largest value; it is within the tolerance."""
    assert found.keys() == expected.keys()
    for output, tensor in expected.items():
        array = tensor.numpy()
        assert array.std(axis=0).max() > DEPENDENCE * np.abs(array).max(), f"{output} does not depend on the input"
        assert found[output].shape == array.shape
        difference = float(np.abs(found[output] - array).max() / np.abs(array).max())
        assert difference < TOLERANCE, output
        yield difference


def _channels_first(network: Network) -> tuple[int, ...]:
    ((height, width, channels),) = (type_.shape for type_ in network.inputs.values())
    return channels, height, width


def _generator() -> Any:
    import torch

    return torch.Generator().manual_seed(0)
