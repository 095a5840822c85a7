"""archspec's TensorFlow backend. Importing it imports no TensorFlow; loading a model does."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from archspec.ir import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archspec.backend import Arrays, Gradients, Optimiser, Peer, TrainingStep
    from archspec.weights import NativeLayout, StoredWeights


class TensorFlowBackend:
    """Emits functions that build functional `keras.Model`s, images channels-last."""

    name = "tensorflow"
    weights_file = "model.weights.h5"
    checkpoints = (".weights.h5",)
    peers = ("keras",)

    def emit(self, graph: Graph, dtype: str = "float32") -> str:
        """See `Backend.emit`."""
        from archspec_tensorflow.emit.model import emit

        return emit(graph, dtype)

    def emit_family(self, name: str, graphs: Mapping[str, Graph]) -> str:
        """See `FamilyBackend.emit_family`."""
        from archspec_tensorflow.emit.model import emit_family

        return emit_family(name, graphs)

    def entry_point(self, graph: Graph) -> str:
        """See `Backend.entry_point`."""
        from archspec_tensorflow.emit.names import entry_point

        return entry_point(graph)

    def load(self, graph: Graph, source: str, weights: Arrays, *, dtype: str, device: str) -> Any:
        """See `Backend.load`; a `keras.Model`."""
        from archspec_tensorflow import runtime

        return runtime.load(graph, source, self.entry_point(graph), weights, dtype, device)

    def run(self, graph: Graph, model: Any, inputs: Arrays) -> dict[str, Any]:
        """See `Backend.run`."""
        from archspec_tensorflow import runtime

        return runtime.run(graph, model, inputs)

    def inexact(self, graph: Graph) -> tuple[str, ...]:
        """See `RoundingBackend.inexact`."""
        from archspec_tensorflow.exact import inexact

        return inexact(graph)

    def gradients(self, graph: Graph, model: Any, inputs: Arrays, coefficients: Arrays) -> Gradients:
        """See `TrainingBackend.gradients`."""
        from archspec_tensorflow import training

        return training.gradients(graph, model, inputs, coefficients)

    def train(
        self, graph: Graph, model: Any, weights: Arrays, inputs: Arrays, coefficients: Arrays, optimiser: Optimiser
    ) -> Iterator[TrainingStep]:
        """See `TrainingBackend.train`."""
        from archspec_tensorflow import training

        return training.train(graph, model, weights, inputs, coefficients, optimiser)

    def read_weights(self, graph: Graph, model: Any) -> dict[str, Any]:
        """See `Backend.read_weights`."""
        from archspec_tensorflow import weights

        return weights.to_canonical(graph, model)

    def save_weights(self, model: Any, path: Path) -> None:
        """See `Backend.save_weights`; Keras's HDF5."""
        from archspec_tensorflow import runtime

        runtime.save_weights(model, path)

    def write_weights(self, graph: Graph, weights: StoredWeights, dtype: str, path: Path) -> None:
        """See `StreamingBackend.write_weights`; Keras's HDF5."""
        from archspec_tensorflow import runtime

        runtime.write_weights(graph, self.emit(graph), self.entry_point(graph), weights, dtype, path)

    def native_layout(self, graph: Graph) -> NativeLayout:
        """See `ConvertingBackend.native_layout`; needs no TensorFlow."""
        from archspec_tensorflow.places import layout

        return layout(graph)

    def peer(self, package: str, name: str, graph: Graph) -> Peer:
        """See `PeerBackend.peer`; a network of keras.applications."""
        from archspec_tensorflow import peers

        return peers.build(name, graph)

    def owns(self, model: Any) -> bool:
        """See `Backend.owns`."""
        return any(kind.__module__.startswith("keras.") and kind.__name__ == "Model" for kind in type(model).__mro__)

    def device_of(self, model: Any) -> str:
        """See `Backend.device_of`."""
        from archspec_tensorflow import runtime

        return runtime.device_of(model)

    def versions(self) -> dict[str, str]:
        """See `Backend.versions`."""
        return {name: found for name in ("tensorflow", "tensorflow-cpu", "keras") if (found := _version(name))}


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


BACKEND: Final = TensorFlowBackend()
