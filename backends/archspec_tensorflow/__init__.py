"""archspec's TensorFlow backend. Importing it imports no TensorFlow; loading a model does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from archspec.backend.framework import FrameworkBackend
from archspec.ir import Graph
from archspec_tensorflow.export import TARGETS

if TYPE_CHECKING:
    from archspec.backend import Arrays
    from archspec.weights import ListedLayer, StoredWeights


class TensorFlowBackend(FrameworkBackend):
    """Emits functions that build functional `keras.Model`s, images channels-last; weights are Keras's HDF5."""

    name = "tensorflow"
    package = "archspec_tensorflow"
    requires = ("tensorflow", "keras", "h5py")
    weights_file = "model.weights.h5"
    checkpoints = (".weights.h5",)
    peers = ("keras",)
    strategies = ("ddp",)
    recomputes = False
    targets = TARGETS

    def inexact(self, graph: Graph) -> tuple[str, ...]:
        """See `RoundingBackend.inexact`."""
        paths: tuple[str, ...] = self.module("exact").inexact(graph)
        return paths

    def listings(self, graph: Graph) -> Iterable[Sequence[ListedLayer]]:
        """See `ListingBackend.listings`."""
        found: Iterable[Sequence[ListedLayer]] = self.module("listing").listings(graph)
        return found

    def write_weights(self, graph: Graph, weights: StoredWeights, dtype: str, path: Path) -> None:
        """See `StreamingBackend.write_weights`."""
        source, entry_point = self.emit(graph), self.entry_point(graph)
        self.module("runtime").write_weights(graph, source, entry_point, weights, dtype, path)

    def frozen_runner(self, model: Any, inputs: Arrays) -> Callable[[], Any]:
        """See `FreezingBackend.frozen_runner`."""
        found: Callable[[], Any] = self.module("timing").frozen_runner(model, inputs)
        return found

    def owns(self, model: Any) -> bool:
        """See `Backend.owns`."""
        return any(kind.__module__.startswith("keras.") and kind.__name__ == "Model" for kind in type(model).__mro__)

    def versions(self) -> dict[str, str]:
        """See `Backend.versions`."""
        return {name: found for name in ("tensorflow", "tensorflow-cpu", "keras") if (found := _version(name))}


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


BACKEND: Final = TensorFlowBackend()
