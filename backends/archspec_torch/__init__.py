"""archspec's PyTorch backend. Importing it imports no PyTorch; loading a model does."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from archspec.backend.framework import FrameworkBackend
from archspec.ir import Graph
from archspec_torch.export import TARGETS

if TYPE_CHECKING:
    from archspec.backend import Arrays


class TorchBackend(FrameworkBackend):
    """Emits `nn.Module` classes, images channels-first; weights are safetensors."""

    name = "torch"
    package = "archspec_torch"
    requires = ("torch", "safetensors")
    weights_file = "model.safetensors"
    channels_first = True
    fuses = True
    checkpoints = (".safetensors", ".pth", ".pt")
    peers = ("torchvision", "timm")
    strategies = ("ddp", "fsdp")
    recomputes = True
    targets = TARGETS

    @override
    def run(self, graph: Graph, model: Any, inputs: Arrays) -> dict[str, Any]:
        given = {name: inputs[name] for name in graph.inputs}
        outputs: dict[str, Any] = self.module("runtime").run(model, given, tuple(graph.outputs))
        return outputs

    @override
    def read_weights(self, graph: Graph, model: Any) -> dict[str, Any]:
        return super().read_weights(graph, model.state_dict())

    def owns(self, model: Any) -> bool:
        """See `Backend.owns`."""
        return any(
            f"{kind.__module__}.{kind.__name__}" == "torch.nn.modules.module.Module" for kind in type(model).__mro__
        )

    def versions(self) -> dict[str, str]:
        """See `Backend.versions`."""
        return {"torch": version("torch")}


BACKEND: Final = TorchBackend()
