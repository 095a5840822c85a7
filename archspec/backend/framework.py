"""The methods of a backend whose package has the usual modules; importing it imports no framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.errors import BackendMissingError
from archspec.ir import Graph

if TYPE_CHECKING:
    from types import ModuleType

    from archspec.backend import Arrays, Gradients, Lockstep, Optimiser, Peer, TrainingStep
    from archspec.backend.exporting import Run
    from archspec.recipe.plan import Plan
    from archspec.weights import NativeLayout


class FrameworkBackend:
    """A backend with the modules `emit.module`, `emit.names`, `places`, `runtime`, `training`, `timing` and so on.

    The first three need no framework. `requires` are the packages to install for the others.
    """

    name: str
    package: str
    """The backend's Python package."""
    requires: tuple[str, ...]

    def module(self, name: str) -> Any:
        """A module of the package; raises `BackendMissingError` if the framework is not installed."""
        try:
            return import_module(f"{self.package}.{name}")
        except ModuleNotFoundError as error:
            if error.name not in self.requires:
                raise
            needed = f"{error.name}: pip install {' '.join(self.requires)}"
            raise BackendMissingError(f"the {self.name} backend needs {needed}") from None

    def emit(self, graph: Graph, dtype: str = "float32") -> str:
        """See `Backend.emit`."""
        source: str = self.module("emit.module").emit(graph, dtype)
        return source

    def emit_family(self, name: str, graphs: Mapping[str, Graph]) -> str:
        """See `FamilyBackend.emit_family`."""
        source: str = self.module("emit.module").emit_family(name, graphs)
        return source

    def entry_point(self, graph: Graph) -> str:
        """See `Backend.entry_point`."""
        name: str = self.module("emit.names").entry_point(graph)
        return name

    def load(self, graph: Graph, source: str, weights: Arrays, *, dtype: str, device: str) -> Any:
        """See `Backend.load`."""
        return self.module("runtime").load(graph, source, self.entry_point(graph), weights, dtype, device)

    def run(self, graph: Graph, model: Any, inputs: Arrays) -> dict[str, Any]:
        """See `Backend.run`."""
        outputs: dict[str, Any] = self.module("runtime").run(graph, model, inputs)
        return outputs

    def gradients(self, graph: Graph, model: Any, inputs: Arrays, coefficients: Arrays) -> Gradients:
        """See `TrainingBackend.gradients`."""
        found: Gradients = self.module("training").gradients(graph, model, inputs, coefficients)
        return found

    def train(
        self, graph: Graph, model: Any, weights: Arrays, inputs: Arrays, coefficients: Arrays, optimiser: Optimiser
    ) -> Iterator[TrainingStep]:
        """See `TrainingBackend.train`."""
        training = self.module("training")
        steps: Iterator[TrainingStep] = training.train(graph, model, weights, inputs, coefficients, optimiser)
        return steps

    @property
    def thread_variables(self) -> tuple[str, ...]:
        """See `RecipeBackend.thread_variables`."""
        names: tuple[str, ...] = self.module("train.environment").THREADS
        return names

    def count_gpus(self) -> int:
        """See `RecipeBackend.count_gpus`."""
        count: int = self.module("runtime").count_gpus()
        return count

    def environments(self, ports: Sequence[int], gpus: bool) -> list[dict[str, str]]:
        """See `RecipeBackend.environments`; needs no framework."""
        found: list[dict[str, str]] = self.module("train.environment").environments(ports, gpus)
        return found

    def emit_training(self, plan: Plan, module: str) -> str:
        """See `RecipeBackend.emit_training`."""
        source: str = self.module("train.emission").emit(plan, module)
        return source

    def emit_processes(self, plan: Plan) -> str:
        """See `RecipeBackend.emit_processes`."""
        source: str = self.module("train.emission").emit_processes(plan)
        return source

    def lockstep(self, graph: Graph, model: Any, program: ModuleType) -> Lockstep:
        """See `RecipeBackend.lockstep`."""
        found: Lockstep = self.module("train.lockstep").Lockstep(graph, model, program)
        return found

    def read_weights(self, graph: Graph, model: Any) -> dict[str, Any]:
        """See `Backend.read_weights`."""
        canonical: dict[str, Any] = self.module("weights").to_canonical(graph, model)
        return canonical

    def save_weights(self, model: Any, path: Path) -> None:
        """See `Backend.save_weights`."""
        self.module("runtime").save_weights(model, path)

    def native_layout(self, graph: Graph) -> NativeLayout:
        """See `ConvertingBackend.native_layout`; needs no framework."""
        layout: NativeLayout = self.module("places").layout(graph)
        return layout

    def peer(self, package: str, name: str, graph: Graph) -> Peer:
        """See `PeerBackend.peer`."""
        found: Peer = self.module("peers").build(package, name, graph)
        return found

    def runner(self, model: Any, inputs: Arrays) -> Callable[[], Any]:
        """See `TimedBackend.runner`."""
        found: Callable[[], Any] = self.module("timing").runner(model, inputs)
        return found

    def peer_builder(self, package: str, name: str, graph: Graph, device: str) -> Callable[[], Any]:
        """See `TimedBackend.peer_builder`."""
        found: Callable[[], Any] = self.module("peers").builder(package, name, graph, device)
        return found

    def threads(self) -> int:
        """See `TimedBackend.threads`."""
        number: int = self.module("timing").threads()
        return number

    def device_peak(self, run: Callable[[], Any]) -> int:
        """See `TimedBackend.device_peak`."""
        size: int = self.module("timing").device_peak(run)
        return size

    def export(self, graph: Graph, model: Any, target: str, path: Path) -> None:
        """See `ExportingBackend.export`."""
        self._exporter(target).export(graph, model, path)

    def export_quantized(
        self, graph: Graph, model: Any, target: str, path: Path, calibration: Sequence[Arrays]
    ) -> None:
        """See `ExportingBackend.export_quantized`."""
        self._exporter(target).quantize(graph, model, path, calibration)

    def open_exported(self, graph: Graph, target: str, path: Path, threads: int | None = None) -> Run:
        """See `ExportingBackend.open_exported`."""
        run: Run = self._exporter(target).opened(graph, path, threads)
        return run

    def _exporter(self, target: str) -> Any:
        return self.module(f"export.{target.replace('-', '_')}")

    def device_of(self, model: Any) -> str:
        """See `Backend.device_of`."""
        device: str = self.module("runtime").device_of(model)
        return device
