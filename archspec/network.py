"""`Network`: the public handle of a checked network, with its properties and its compilation.

NumPy is only imported for weights, so that checking a spec stays fast.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.arguments import ARRAYS, NAMES, PATH, TEXT, TRUTH, WHOLE, one_of, takes
from archspec.backend import DTYPES, Arrays, find_backend, fuses
from archspec.errors import ArchspecError, Diagnostic, EmitError, OutOfMemoryError, Where, says_out_of_memory
from archspec.ir import Graph, TensorType, results, shown
from archspec.lower.settings import Setting
from archspec.lower.stages import Stage
from archspec.passes import recompute
from archspec.spec.preprocessing import Preprocessing

if TYPE_CHECKING:
    from archspec.checkpoints import Checkpoint, CheckpointOptions, CheckpointWeights, Matching
    from archspec.optimizing import Note, Optimization


class Parameters(NamedTuple):
    """Numbers of weights, counted as Keras does: moving statistics are in the total and are not trainable."""

    total: int
    trainable: int


@contextmanager
def explaining(graph: Graph) -> Iterator[None]:
    """Adds information about the network to errors.

    An `EmitError` gets the place of its layer in the spec, or of the first layer of its type. An exception for lack of
    memory becomes an `OutOfMemoryError` with the size of the network.
    """
    try:
        yield
    except EmitError as error:
        locate(error, [graph])
        raise
    except Exception as error:
        if not says_out_of_memory(error):
            raise
        raise OutOfMemoryError(_too_large(graph), _LESS_MEMORY) from error


def locate(error: EmitError, graphs: Iterable[Graph]) -> None:
    """Sets the places of an error and its others in the spec: a layer's, or that of the first layer of a type."""
    for graph, each in product(graphs, (error, *error.others)):
        like = (node.path for node in graph.nodes if type(node.layer).__name__ == each.layer_type)
        path = each.path or next(like, None)
        if each.where is None and path is not None:
            each.where = graph.place(path, each.key)


_LESS_MEMORY = "other params ({params}), a smaller input ({inputs}) or a smaller batch need less"


def _too_large(graph: Graph) -> str:
    """The error for lack of memory, with the size of the network in float32."""
    weights = sum(TensorType(weight.shape).size for _, weight in graph.owned_weights())
    said = f"there is not enough memory for {graph.name}: it has {weights:,} parameters, {_memory(weights)}"
    if not graph.is_known:
        return said
    value = max(graph.values.values(), key=lambda value: value.type.size)
    size = value.type.size
    return (
        f"{said}, and {str(value).removeprefix('@')}, the largest of its values, {size:,} elements a sample, "
        f"{_memory(size)}"
    )


def _memory(elements: int) -> str:
    size = elements * 4 / 1e9
    return f"{size:,.1f} GB in float32" if size >= 1 else f"{size * 1e3:,.1f} MB in float32"


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a network: the document's name, its variant, the given params, and the chosen outputs if any.

    `digest` is the SHA-256 of the text; it is empty for a document of Python values. `file` is the file of the text;
    None if there is no file.
    """

    name: str = ""
    variant: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    outputs: Sequence[str] | Mapping[str, str] | None = None
    digest: str = ""
    file: Path | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A checked network with all types known. It belongs to no framework until it is compiled.

    `settings` are the params of its document with their values in this network. `stages` are the values that its
    document names as possible outputs, with their paths and types. `preprocessing` describes the images
    for a third party's weights; None if the document does not mention any.
    """

    graph: Graph
    warnings: tuple[Diagnostic, ...] = ()
    origin: Origin = field(default_factory=Origin)
    settings: tuple[Setting, ...] = ()
    stages: Mapping[str, Stage] = field(default_factory=dict)
    preprocessing: Preprocessing | None = None

    def __repr__(self) -> str:
        """Its name, its inputs and outputs, and its size."""
        ends = [
            ", ".join(f"{name} {shown(kind.axes)}" for name, kind in side.items())
            for side in (self.inputs, self.outputs)
        ]
        return f"Network({self.name!r}: {' -> '.join(ends)}; {self.parameters().total:,} parameters)"

    @property
    def name(self) -> str:
        """The variant's name, or the document's."""
        return self.graph.name

    @property
    def inputs(self) -> Mapping[str, TensorType]:
        """The inputs' types by name, channels last and without the batch axis."""
        return self.graph.inputs

    @cached_property
    def outputs(self) -> Mapping[str, TensorType]:
        """The outputs' types by name, channels last and without the batch axis."""
        return {name: value.type for name, value in self.graph.outputs.items()}

    def gives(self) -> Mapping[str, str]:
        """The kind of each output by its name: `logits`, `softmax probabilities`, `features` and so on.

        Logits need a document with classes: a param `classes`, or a softmax.
        """
        return results(self.graph, next((each.value for each in self.settings if each.name == "classes"), None))

    def parameters(self) -> Parameters:
        """The number of weights; a shared weight counts once."""
        sizes = [(TensorType(weight.shape).size, weight.trainable) for _, weight in self.graph.owned_weights()]
        return Parameters(sum(size for size, _ in sizes), sum(size for size, trainable in sizes if trainable))

    @takes(seed=WHOLE)
    def weights(self, seed: int = 0) -> dict[str, Any]:
        """Initial weights as float32 `numpy.ndarray`s by canonical name (`conv1:kernel`): the same bits everywhere."""
        from archspec.weights import draw

        return draw(self.graph, seed)

    @takes(path=TEXT, key=TEXT)
    def place(self, path: str, key: str | None = None) -> Where | None:
        """The place of the layer or the scope at a path (`layer1.0.conv1`) in the spec, or of one of its keys.

        It is a `Span`, which has a line and a column; for a document of Python values the path in words; None for a
        path that the spec does not have.
        """
        return self.graph.place(path, key)

    @takes(dtype=one_of(*DTYPES))
    def emit(self, backend: str, *, dtype: str = "float32") -> str:
        """The network's source for a backend (`torch`, `tensorflow`); needs no framework.

        As a program the source loads the weights beside it, which have the type `dtype`.
        Raises `BackendMissingError` for an unknown backend and `EmitError` for a layer that it cannot express.
        """
        found = find_backend(backend)
        if self.graph.fused and not fuses(found):
            raise EmitError(f"{found.name} has no fused form of a network: optimise it without fuse")
        with explaining(self.graph):
            return found.emit(self.graph, dtype)

    @takes(names=NAMES, key=TEXT, only_matching=TRUTH, by_order=TRUTH, seed=WHOLE, dtype=TEXT, device=TEXT)
    def compile(
        self,
        backend: str,
        *,
        weights: Arrays | str | os.PathLike[str] | None = None,
        names: Mapping[str, str] | None = None,
        key: str | None = None,
        only_matching: bool = False,
        by_order: bool = False,
        seed: int = 0,
        dtype: str = "float32",
        device: str = "auto",
    ) -> Any:
        """The model: a `torch.nn.Module` or a `keras.Model`, in evaluation mode.

        `weights` are a mapping of canonical weights, or a checkpoint; then `names`, `key`, `only_matching` and
        `by_order` are those of `archspec.read_checkpoint`. The default is `self.weights(seed)`. `dtype` is float64,
        float32, float16 or bfloat16; `device` is cpu, cuda, or auto for the best one. Raises as `emit` does,
        `WeightsError` for weights of another network, `OSError` for a file that cannot be read, and `OutOfMemoryError`.
        """
        found = find_backend(backend)
        source = self.emit(backend)
        with explaining(self.graph):
            values = self.weights(seed) if weights is None else weights
            if isinstance(values, str | os.PathLike):
                from archspec.checkpoints import CheckpointOptions

                PATH.check("weights", values)
                options = CheckpointOptions(names or {}, key, only_matching, by_order)
                values = checkpoint_for(self, values, options, seed=seed)
                values.warn()
            elif names or key or only_matching or by_order:
                raise ArchspecError("names, key, only_matching and by_order say how a file is read: weights=FILE")
            return found.load(self.graph, source, values, dtype=dtype, device=device)

    def recompute(self) -> Network:
        """The network that needs less memory in training: backward computes the inner values of blocks again.

        Outputs, gradients and moving statistics stay the same. Only PyTorch's source can have it. Raises
        `ArchspecError` if the network has no blocks with which it needs less.
        """
        return replace(self, graph=recompute(self.graph))

    @takes(weights=ARRAYS, seed=WHOLE, fuse=TRUTH)
    def optimize(self, weights: Arrays | None = None, *, seed: int = 0, fuse: bool = False) -> Optimized:
        """The network that is as fast as can be outside of training, and computes the same there.

        It is without auxiliary heads, unless outputs were chosen when it was loaded.
        `weights` are canonical weights of this network, as those that `archspec.read_checkpoint` gives. The default is
        `self.weights(seed)`. With `fuse` the source joins convolutions with the activations and sums behind them, where
        the backend has this form; the weights are the same.
        """
        from archspec.optimizing import optimize

        found = optimize(self.graph, auxiliary=self.origin.outputs is not None)
        network = replace(self, graph=replace(found.graph, fused=fuse), stages={})
        return Optimized(self, network, found, weights, seed)


@dataclass(frozen=True, eq=False, repr=False)
class Optimized:
    """An optimised network, and its weights.

    `network` is a network as any other, without the layers that went into others. Its source does not depend on
    weights, so it takes any weights of the `original`.
    """

    original: Network
    network: Network
    optimization: Optimization
    given: Arrays | None = None
    seed: int = 0

    @cached_property
    def weights(self) -> Arrays:
        """The optimised network's weights, each computed on access, those that changed in float64."""
        return self.take(self.original.weights(self.seed) if self.given is None else self.given)

    def take(self, weights: Arrays) -> Arrays:
        """The optimised network's weights from others of the original network; raises `WeightsError` for others."""
        return self.optimization.take(weights)

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The weights that each of the original's weights is in now, by its name."""
        return self.optimization.names

    @property
    def changes(self) -> tuple[Note, ...]:
        """The changes to layers: the pass, the layer's path before it, and the change in words."""
        return self.optimization.notes

    def compile(self, backend: str, *, dtype: str = "float32", device: str = "auto") -> Any:
        """The model of the optimised network with its weights; see `Network.compile`."""
        return self.network.compile(backend, weights=self.weights, dtype=dtype, device=device)


def checkpoint_for(
    network: Network, path: str | os.PathLike[str], options: CheckpointOptions | None = None, *, seed: int = 0
) -> CheckpointWeights:
    """A network's weights from a file, as `read_weights_file` gives them.

    Raises `CheckpointError` for a file that does not fit. If it fits the optimised network, the error says that.
    """
    from archspec.checkpoints import CheckpointError, open_checkpoint, read_weights_file

    try:
        return read_weights_file(network.graph, path, options, seed=seed)
    except CheckpointError:
        checkpoint = open_checkpoint(path, None if options is None else options.key)
        if match_optimized(network, checkpoint) is not None:
            raise CheckpointError(
                f"{os.fspath(path)} has the weights of {network.name} after it was optimised, and the weights before "
                "cannot be computed from them",
                "take the checkpoint that they were made from",
            ) from None
        raise


def match_optimized(network: Network, checkpoint: Checkpoint) -> Matching | None:
    """The matches of a file that has all weights of the optimised network.

    None for another file, and for a network of which the optimiser leaves all weights as they are.
    """
    from archspec.checkpoints import match
    from archspec.weights import weight_shapes

    graph = network.optimize().network.graph
    if weight_shapes(graph) == weight_shapes(network.graph):
        return None
    found = match(graph, checkpoint)
    return found if found.complete else None
