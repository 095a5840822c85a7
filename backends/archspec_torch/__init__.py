"""archspec's PyTorch backend. Importing it imports no PyTorch; loading a model does."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from archspec.errors import BackendMissingError
from archspec.ir import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.backend import Arrays, Gradients, Optimiser, Peer, TrainingStep
    from archspec.weights import NativeLayout


class TorchBackend:
    """Emits `nn.Module` classes, images channels-first."""

    name = "torch"
    weights_file = "model.safetensors"
    channels_first = True
    checkpoints = (".safetensors", ".pth", ".pt")
    peers = ("torchvision", "timm")

    def emit(self, graph: Graph, dtype: str = "float32") -> str:
        """See `Backend.emit`."""
        from archspec_torch.emit.module import emit

        return emit(graph, dtype)

    def emit_family(self, name: str, graphs: Mapping[str, Graph]) -> str:
        """See `FamilyBackend.emit_family`."""
        from archspec_torch.emit.module import emit_family

        return emit_family(name, graphs)

    def entry_point(self, graph: Graph) -> str:
        """See `Backend.entry_point`."""
        from archspec_torch.emit.names import entry_point

        return entry_point(graph)

    def load(self, graph: Graph, source: str, weights: Arrays, *, dtype: str, device: str) -> Any:
        """See `Backend.load`; an `nn.Module`."""
        return _import("runtime").load(graph, source, self.entry_point(graph), weights, dtype, device)

    def run(self, graph: Graph, model: Any, inputs: Arrays) -> dict[str, Any]:
        """See `Backend.run`."""
        given = {name: inputs[name] for name in graph.inputs}
        outputs: dict[str, Any] = _import("runtime").run(model, given, tuple(graph.outputs))
        return outputs

    def gradients(self, graph: Graph, model: Any, inputs: Arrays, coefficients: Arrays) -> Gradients:
        """See `TrainingBackend.gradients`."""
        found: Gradients = _import("training").gradients(graph, model, inputs, coefficients)
        return found

    def train(
        self, graph: Graph, model: Any, weights: Arrays, inputs: Arrays, coefficients: Arrays, optimiser: Optimiser
    ) -> Iterator[TrainingStep]:
        """See `TrainingBackend.train`."""
        steps: Iterator[TrainingStep] = _import("training").train(
            graph, model, weights, inputs, coefficients, optimiser
        )
        return steps

    def read_weights(self, graph: Graph, model: Any) -> dict[str, Any]:
        """See `Backend.read_weights`."""
        canonical: dict[str, Any] = _import("weights").to_canonical(graph, model.state_dict())
        return canonical

    def save_weights(self, model: Any, path: Path) -> None:
        """See `Backend.save_weights`; safetensors."""
        _import("runtime").save_weights(model, path)

    def native_layout(self, graph: Graph) -> NativeLayout:
        """See `ConvertingBackend.native_layout`; needs no PyTorch."""
        from archspec_torch.places import layout

        return layout(graph)

    def peer(self, package: str, name: str, graph: Graph) -> Peer:
        """See `PeerBackend.peer`."""
        found: Peer = _import("peers").build(package, name, graph)
        return found

    def owns(self, model: Any) -> bool:
        """See `Backend.owns`."""
        return any(
            f"{kind.__module__}.{kind.__name__}" == "torch.nn.modules.module.Module" for kind in type(model).__mro__
        )

    def device_of(self, model: Any) -> str:
        """See `Backend.device_of`."""
        device: str = _import("runtime").device_of(model)
        return device

    def versions(self) -> dict[str, str]:
        """See `Backend.versions`."""
        return {"torch": version("torch")}


def _import(room: str) -> Any:
    """Import one of the modules that need PyTorch; raises `BackendMissingError`."""
    try:
        return import_module(f"archspec_torch.{room}")
    except ModuleNotFoundError as error:
        if error.name not in {"torch", "safetensors"}:
            raise
        raise BackendMissingError(f"the torch backend needs {error.name}: pip install torch safetensors") from None


BACKEND: Final = TorchBackend()
