"""The networks of keras.applications as third parties for parity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from archspec.backend import Peer
from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec.weights import Stored
from archspec_tensorflow.runtime import comparable, device_name, framework, settings
from archspec_tensorflow.weights import to_array

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]


def build(package: str, name: str, graph: Graph) -> Peer:
    """See `PeerBackend.peer`; the graph has one input. The network ends in a softmax if the graph does."""
    with settings("float64"):
        model = _maker(name, graph)()
    variables = {_name(layer, variable): variable for layer in model.layers for variable in layer.weights}
    tensors = {
        word: Stored(tuple(variable.shape), "float64", partial(to_array, variable))
        for word, variable in variables.items()
    }
    return Peer(f"{package}:{name}", tensors, partial(_assign, variables), partial(_run, model), _before(model))


def builder(package: str, name: str, graph: Graph, device: str) -> Callable[[], keras.Model]:
    """See `TimedBackend.peer_builder`."""
    make, place = _maker(name, graph), device_name(device)

    def build() -> keras.Model:
        with settings("float32"), framework().device(place):
            return make()

    return build


def _maker(name: str, graph: Graph) -> Callable[[], keras.Model]:
    """Makes the network with the graph's input, and as many classes as its first output has elements."""
    applications = framework().applications
    public = {word: make for word, make in vars(applications).items() if word[:1].isupper() and callable(make)}
    if name not in public:
        raise ArchspecError(f"keras.applications has no network {name!r}: it has {', '.join(sorted(public))}")
    (kind,) = graph.inputs.values()
    last = next(iter(graph.outputs.values()))
    maker = graph.maker(last)
    ends_in_softmax = maker is not None and maker.layer.gives() == "softmax"
    return partial(
        public[name],
        weights=None,
        input_shape=kind.axes,
        classes=last.type.channels,
        classifier_activation="softmax" if ends_in_softmax else None,
    )


def _name(layer: keras.Layer, variable: keras.Variable) -> str:
    """`layer/variable`; the two parts of a separable convolution count as layers."""
    if type(layer).__name__ != "SeparableConv2D":
        return f"{layer.name}/{variable.name}"
    part = "depthwise" if variable.name == "depthwise_kernel" else "pointwise"
    return f"{layer.name}.{part}/{'bias' if variable.name == 'bias' else 'kernel'}"


def _before(model: keras.Model) -> dict[str, int]:
    """For each layer with weights the number of such layers that its value depends on."""
    made_from: dict[int, frozenset[str]] = {}
    found: dict[str, int] = {}
    for depth in sorted(model._nodes_by_depth, reverse=True):
        for node in model._nodes_by_depth[depth]:
            made = frozenset[str]().union(*(made_from[id(tensor)] for tensor in node.input_tensors))
            weights = getattr(node.operation, "weights", ())
            for layer in dict.fromkeys(_name(node.operation, each).rpartition("/")[0] for each in weights):
                found[layer] = len(made)
                made |= {layer}
            made_from |= {id(tensor): made for tensor in node.output_tensors}
    return found


def _assign(variables: Mapping[str, keras.Variable], arrays: Mapping[str, Array]) -> None:
    for name, array in arrays.items():
        variables[name].assign(array)


def _run(model: keras.Model, array: Array) -> list[Array]:
    with comparable(model):
        found = model(array, training=False)
    return [to_array(output) for output in framework().tree.flatten(found)]
