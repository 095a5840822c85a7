"""The protocols of backends, and their discovery; the modules of this package are shared by backends."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, runtime_checkable

from archspec.analyses import applications
from archspec.errors import BackendMissingError
from archspec.ir import Graph

if TYPE_CHECKING:
    from types import ModuleType

    from archspec.recipe.plan import Plan
    from archspec.weights import ListedLayer, NativeLayout, Stored, StoredWeights

Arrays = Mapping[str, Any]
"""Names to `numpy.ndarray`s."""

GROUP = "archspec.backends"
"""The entry-point group in which a package offers a backend under its name."""


DEVICES: Final = ("auto", "cpu", "cuda")
"""The words for devices."""

DTYPES: Final = ("float32", "float64", "float16", "bfloat16")
"""The element types that a model can have."""

_OTHER_WORDS = {"keras": "tensorflow", "tf": "tensorflow", "pytorch": "torch", "pt": "torch"}
"""Other words for backends, for hints."""


@runtime_checkable
class Backend(Protocol):
    """A framework to compile to. `emit` and the attributes need no framework; the rest imports it."""

    name: str
    """The word for it on the command line."""
    weights_file: str
    """The file name of weights in the framework's own format."""

    def emit(self, graph: Graph, dtype: str = "float32") -> str:
        """The source of the network: the same bytes for the same graph. Raises `EmitError` if it cannot be expressed.

        As a program it loads the weights beside it, which have the type `dtype`; the network itself has no type.
        """

    def entry_point(self, graph: Graph) -> str:
        """The name in the source that other programs import: the network's class, or the function that builds it."""

    def load(self, graph: Graph, source: str, weights: Arrays, *, dtype: str, device: str) -> Any:
        """The live model that `source` says, with canonical weights, in evaluation mode.

        `dtype` is one of `DTYPES`, `device` one of `DEVICES`.
        """

    def run(self, graph: Graph, model: Any, inputs: Arrays) -> dict[str, Any]:
        """The outputs by name for inputs by name, both channels-last with the batch axis first, without gradients."""

    def read_weights(self, graph: Graph, model: Any) -> dict[str, Any]:
        """The model's weights under their canonical names and in canonical layouts, in the model's own precision."""

    def save_weights(self, model: Any, path: Path) -> None:
        """Writes the weights in the framework's own format."""

    def owns(self, model: Any) -> bool:
        """Whether the model is one of this framework's; imports nothing."""

    def device_of(self, model: Any) -> str:
        """The device that the model is on, in words."""

    def versions(self) -> dict[str, str]:
        """The versions of the framework and of its parts, by package."""


def native_shape(backend: Backend, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a batch as the backend's models take and give it, from the one with channels last.

    Images are channels-first where the backend has an attribute `channels_first` that is true.
    """
    turned = len(shape) == 4 and getattr(backend, "channels_first", False)
    return (shape[0], shape[3], *shape[1:3]) if turned else shape


def fuses(backend: Backend) -> bool:
    """Whether a backend writes a network's fused form: it has then an attribute `fuses` that is true."""
    return bool(getattr(backend, "fuses", False))


@runtime_checkable
class FamilyBackend(Backend, Protocol):
    """A backend that writes all variants of a document as one module."""

    def emit_family(self, name: str, graphs: Mapping[str, Graph]) -> str:
        """The source with one definition for all networks, called after `name`, and a function for each by its name.

        Raises `EmitError` with the reason where one definition cannot say all of them.
        """


@runtime_checkable
class ConvertingBackend(Backend, Protocol):
    """A backend with known files of weights, so that checkpoints can be converted from and to them."""

    checkpoints: tuple[str, ...]
    """The endings of files that `save_weights` writes."""

    def native_layout(self, graph: Graph) -> NativeLayout:
        """The framework's names and layouts of weights; imports no framework."""


@runtime_checkable
class ListingBackend(ConvertingBackend, Protocol):
    """A backend whose framework's files have layers in an order that follows from the network."""

    def listings(self, graph: Graph) -> Iterable[Sequence[ListedLayer]]:
        """The layers in that order for each way to write the network, the most probable first; imports no framework.

        Empty if the order is unknown.
        """


@runtime_checkable
class StreamingBackend(Backend, Protocol):
    """A backend that writes its file of weights without holding all of them in memory."""

    def write_weights(self, graph: Graph, weights: StoredWeights, dtype: str, path: Path) -> None:
        """Writes the file of `save_weights` for a model of `dtype` with these weights, reading one at a time."""


@runtime_checkable
class RoundingBackend(Backend, Protocol):
    """A backend whose framework rounds some layers to float32 in float64 models too."""

    def inexact(self, graph: Graph) -> tuple[str, ...]:
        """The paths of these layers: in float64, `run` and training compute them by an exact function in its place."""


@dataclass(frozen=True, slots=True)
class Gradients:
    """The results of one forward and backward pass in training mode: arrays, channels-last and in canonical layouts.

    `outputs`, and the gradients of the loss with respect to them (`of_outputs`), are by the outputs' names. An output
    can influence the loss also through other outputs. `of_inputs` is by the inputs' names, `of_weights` by canonical
    names, and `statistics` are the moving statistics after the pass. `replaced` are the paths of layers that the
    framework rounds to float32 in float64 too, forwards or backwards, and that the backend computed by an exact
    function.
    """

    outputs: Arrays
    loss: float
    of_outputs: Arrays
    of_inputs: Arrays
    of_weights: Arrays
    statistics: Arrays
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Optimiser:
    """An optimiser by its formula, which the framework's optimiser must compute, whatever its conventions.

    With the gradient g of a weight w: `sgd` has v = momentum v + g, w -= learning_rate v. `adam` is Algorithm 1 of
    Kingma and Ba 2015: epsilon stands outside of the root, and outside of the correction of the bias. `adamw` takes
    learning_rate weight_decay w from w before that (Loshchilov and Hutter 2019). `rmsprop` has v = rho v + (1 - rho)
    g^2, w -= learning_rate g / sqrt(v + epsilon). Nothing is clipped.

    The numbers are ones that float32 holds exactly, because Keras rounds some of its own to that.
    """

    name: Literal["sgd", "adam", "adamw", "rmsprop"]
    learning_rate: float
    momentum: float = 1 - 2.0**-3
    beta_1: float = 1 - 2.0**-3
    beta_2: float = 1 - 2.0**-10
    rho: float = 1 - 2.0**-3
    epsilon: float = 2.0**-10
    weight_decay: float = 2.0**-6


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """The loss before a step of an optimiser, and all weights after it, by their canonical names.

    The weights may be read from the model on access, so they are only valid until the next step.
    """

    loss: float
    weights: Arrays


def shared_statistics(graph: Graph) -> tuple[str, ...]:
    """The layers with moving statistics that are used several times: the statistics depend on the order of the uses."""
    several = applications(graph)
    owners = (node.path for node, weight in graph.owned_weights() if not weight.trainable)
    return tuple(path for path in dict.fromkeys(owners) if path in several)


@runtime_checkable
class TrainingBackend(Backend, Protocol):
    """A backend whose models can be trained, so that training can be compared.

    The loss is the sum of the outputs times `coefficients`, which has an array for each output that counts. Moving
    variances are those of the biased variance, as Keras keeps them: a backend whose framework keeps the unbiased one
    multiplies what each use adds by (n - 1) / n, for the n elements that it was made from. Layers of
    `shared_statistics` are used in the graph's order.
    """

    def gradients(self, graph: Graph, model: Any, inputs: Arrays, coefficients: Arrays) -> Gradients:
        """One forward and backward pass in training mode; the model's moving statistics move, its weights do not."""

    def train(
        self, graph: Graph, model: Any, weights: Arrays, inputs: Arrays, coefficients: Arrays, optimiser: Optimiser
    ) -> Iterator[TrainingStep]:
        """Steps of the framework's own optimiser from these weights, without end, each done when it is asked for."""


class Lockstep(Protocol):
    """A training in float64 on the CPU that goes a step when it is asked to.

    `weights` are all weights by their canonical names, and their moving averages, whose names begin with `average of `.
    They are read on access, so they are only valid until the next step.
    """

    weights: Arrays

    def step(self, batch: Arrays, rate: float, number: int) -> None:
        """Step `number`, counted from 0, of the program with this batch and learning rate."""

    def gradient_sizes(self) -> Mapping[str, float]:
        """The largest element of each gradient in the last step; empty if the program does not keep them."""

    def mean_loss(self) -> float:
        """The mean loss of the examples since the last call."""

    def evaluate(self, batches: Iterable[Arrays]) -> Mapping[str, float]:
        """The loss and the metrics of these batches, by name."""


@runtime_checkable
class RecipeBackend(Backend, Protocol):
    """A backend that writes training programs."""

    strategies: tuple[str, ...]
    """The recipes' words for the ways in which several processes of a program can share the work."""

    recomputes: bool
    """Whether backward can compute the inner values of blocks again."""

    thread_variables: tuple[str, ...]
    """The variables of the environment that say how many threads a program computes with."""

    def count_gpus(self) -> int:
        """The number of GPUs that the framework finds on this machine."""

    def environments(self, ports: Sequence[int], gpus: bool) -> Sequence[Mapping[str, str]]:
        """What the environments of a program's processes say that train together on this machine, on its GPUs or not.

        There is a process for each port, which is free.
        """

    def emit_training(self, plan: Plan, module: str) -> str:
        """The text of train.py; `module` is the name of the network's module. The same bytes for the same plan."""

    def emit_processes(self, plan: Plan) -> str:
        """The text of processes.py, by which the processes of a training communicate."""

    def lockstep(self, graph: Graph, model: Any, program: ModuleType) -> Lockstep:
        """The training of a model in float64 by the module of an emitted train.py."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A third party's network in float64 on the CPU, with its own names and layouts of weights.

    `tensors` are in an order of execution, and have no values before `assign` sets them by name. `run` gives the
    outputs in order for one input, channels-last with the batch axis first, in evaluation mode. `before` has for each
    layer the number of layers with weights that its value depends on; it is empty if the package does not tell the data
    flow.
    """

    name: str
    tensors: Mapping[str, Stored]
    assign: Callable[[Arrays], None]
    run: Callable[[Any], list[Any]]
    before: Mapping[str, int] = field(default_factory=dict)


@runtime_checkable
class PeerBackend(Backend, Protocol):
    """A backend whose framework has third parties' networks for comparison."""

    peers: tuple[str, ...]
    """The packages of these networks."""

    def peer(self, package: str, name: str, graph: Graph) -> Peer:
        """The network of this name, with the graph's input and as many classes as its first output has elements.

        It has its auxiliary heads if the graph has several outputs. Raises `BackendMissingError` if the package is not
        installed, `ArchspecError` if it has no such network.
        """


@runtime_checkable
class TimedBackend(Backend, Protocol):
    """A backend whose models can be timed, as its framework's users run them."""

    def runner(self, model: Any, inputs: Arrays) -> Callable[[], Any]:
        """A forward pass of a model on these inputs in evaluation mode, without gradients.

        `inputs` are channels-last with a batch axis, in the graph's order. They are converted and on the device before
        the first call. A call gives the framework's own outputs, one or several, when they are computed.
        """

    def peer_builder(self, package: str, name: str, graph: Graph, device: str) -> Callable[[], Any]:
        """Builds a third party's network as `PeerBackend.peer` has it: a live model in float32 and evaluation mode.

        Its weights are those that its package draws. The package is imported before the builder is called; raises
        `BackendMissingError` if it is not installed, `ArchspecError` if it has no such network.
        """

    def threads(self) -> int:
        """The number of threads that compute an operation on the CPU."""

    def device_peak(self, run: Callable[[], Any]) -> int:
        """The most bytes of the GPU's memory that are taken during a call, weights included."""


@runtime_checkable
class FreezingBackend(TimedBackend, Protocol):
    """A backend whose optimised source has a function `frozen`: inference with the model's weights as constants."""

    def frozen_runner(self, model: Any, inputs: Arrays) -> Callable[[], Any]:
        """A forward pass like `TimedBackend.runner`'s, with constant weights."""


def backend_names() -> list[str]:
    """The names of the backends that are installed."""
    return sorted(_installed())


def find_backend(name: object) -> Backend:
    """The backend of this name; raises `BackendMissingError` with the names that there are, for a value of any type."""
    found = _installed().get(name) if isinstance(name, str) else None
    if found is None:
        known = _OTHER_WORDS.get(str(name).lower())
        close = [known] if known in _installed() else difflib.get_close_matches(str(name).lower(), _installed(), n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise BackendMissingError(f"there is no backend {name!r}; installed: {', '.join(backend_names())}{meant}")
    loaded = found.load()
    if not isinstance(loaded, Backend):
        raise BackendMissingError(f"the entry point {found.value} of group {GROUP} is not a backend")
    return loaded


@cache
def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
