"""The order in which Keras lists the layers of a functional model: in `model.layers`, and so in its files of weights.

Keras sorts operations by decreasing depth, which is the number of operations on the longest way to an output. Among
operations of one depth, those come first that a depth-first search from the outputs finds first; the search follows
the inputs of each operation in their order. Needs no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from archspec.analyses import depths
from archspec.ir import Graph, Node, Value, walk
from archspec.layers.activation import Linear
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.program.calls import GENERAL, Call, Function, Site
from archspec.weights import ListedLayer
from archspec_tensorflow.emit.operands import COMMUTATIVE
from archspec_tensorflow.emit.target import KerasTarget

_INPUT = ListedLayer("InputLayer")
_SEPARABLE = "SeparableConv2D"
_GROUP = "Sequential"


@dataclass(frozen=True, slots=True)
class _Form:
    """One of the ways to write a network in Keras, which list its layers in different orders.

    `emitted`: unnamed merges read the input of the smaller depth first, as in the source that archspec writes.
    `padded`: explicit padding is a layer of its own, also where "same" is equivalent. `activated`: activations are
    layers of their own. `separable`: a depthwise convolution and the 1x1 convolution after it are one layer. `grouped`:
    named groups of layers are models inside, of the class `Sequential`.
    """

    emitted: bool
    padded: bool
    activated: bool
    separable: bool
    grouped: bool


def listings(graph: Graph) -> Iterator[tuple[ListedLayer, ...]]:
    """The layers in Keras's order, for each way to write the network; nothing if layers are applied together again.

    The order of the inputs of merges is first the spec's, and then that of the source that archspec writes.
    """
    if any(scope.shares is not None for scope in graph.scopes):
        return
    pairs, groups = _separable(graph), _groups(graph)
    no, yes = (False, True), (True, False)
    for emitted, grouped, separable, padded, activated in product(no, no, yes, no, no):
        if (pairs or not separable) and (groups or not grouped):
            form = _Form(emitted, padded, activated, separable, grouped)
            yield _Writer(graph, form, pairs, groups).listing()


def _separable(graph: Graph) -> Mapping[str, Node]:
    """The depthwise convolutions that Keras can write as one layer with a 1x1 convolution, by the latter's path."""
    found: dict[str, Node] = {}
    for node in graph.nodes:
        before, layer = graph.maker(node.inputs[0]), node.layer
        if (
            before is not None
            and isinstance(layer, Conv2D)
            and (layer.kernel_size, layer.strides, layer.groups) == ((1, 1), (1, 1), 1)
            and isinstance(before.layer, DepthwiseConv2D)
            and not before.layer.use_bias
            and graph.consumers[before.result] == (node,)
            and before.result not in graph.outputs.values()
            and node.shares is before.shares is None
        ):
            found[node.path] = before
    return found


def _groups(graph: Graph) -> Mapping[str, str]:
    """The outermost named groups of layers with one input and one result, by the paths of the nodes inside."""
    found: dict[str, str] = {}
    for scope in graph.scopes:
        interface = graph.interfaces[scope.path]
        if scope.kind == "Sequential" and scope.named and len(interface.inputs) == len(interface.outputs) == 1:
            for node in walk(scope.members):
                found.setdefault(node.path, scope.path)
    return found


@dataclass
class _Model:
    """A functional model. A use is one application of an operation, with the uses that it reads.

    `operations` have a layer each; a model inside has all of its own, and a function, which Keras counts in depths and
    does not list, has none.
    """

    operations: list[list[ListedLayer]] = field(default_factory=list)
    uses: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def add(self, *layers: ListedLayer) -> int:
        """A new operation."""
        self.operations.append([*layers])
        return len(self.operations) - 1

    def apply(self, operation: int, reads: Sequence[int]) -> int:
        """A new use of an operation."""
        self.uses.append((operation, tuple(reads)))
        return len(self.uses) - 1

    def in_order(self, outputs: Sequence[int]) -> list[ListedLayer]:
        """The layers in Keras's order."""
        finished, first = self._search(outputs)
        depth = [0] * len(self.uses)
        deepest = dict.fromkeys(first, 0)
        for use in reversed(finished):
            operation, reads = self.uses[use]
            deepest[operation] = max(depth[use], deepest[operation])
            for read in reads:
                depth[read] = max(deepest[operation] + 1, depth[read])
        ordered = sorted(deepest, key=lambda operation: (-deepest[operation], first[operation]))
        return [layer for operation in ordered for layer in self.operations[operation]]

    def _search(self, outputs: Sequence[int]) -> tuple[list[int], dict[int, int]]:
        """The uses in the order in which the search leaves them, and the numbers of operations as it finds them."""
        finished: dict[int, None] = {}
        first: dict[int, int] = {}
        for output in outputs:
            # The uses on the way to the visited one, each with the inputs that are still to be visited.
            way: list[tuple[int | None, Iterator[int]]] = [(None, iter((output,)))]
            while way:
                use, rest = way[-1]
                read = next(rest, None)
                if read is None:
                    way.pop()
                    finished |= {use: None} if use is not None else {}
                elif read not in finished:
                    operation, reads = self.uses[read]
                    first.setdefault(operation, len(first))
                    way.append((read, iter(reads)))
        return list(finished), first


class _Writer:
    """Writes a network as a functional model."""

    def __init__(self, graph: Graph, form: _Form, pairs: Mapping[str, Node], groups: Mapping[str, str]) -> None:
        self._graph, self._form = graph, form
        self._target = KerasTarget([graph])
        self._depths = depths(graph)
        self._pairs = pairs if form.separable else {}
        self._firsts = frozenset(node.path for node in self._pairs.values())
        self._model = _Model()
        self._groups = groups if form.grouped else {}
        self._inside: dict[str, int] = {}
        self._known: dict[tuple[str, int], int] = {}
        self._made: dict[Value, int] = {}

    def listing(self) -> tuple[ListedLayer, ...]:
        """The layers in Keras's order."""
        for value in self._graph.input_values.values():
            self._made[value] = self._model.apply(self._model.add(_INPUT), ())
        for node in self._graph.nodes:
            self._made |= dict.fromkeys(node.results, self._write(node))
        # Keras sorts the outputs of a dict by their names.
        outputs = [self._made[self._graph.outputs[name]] for name in sorted(self._graph.outputs)]
        return tuple(self._model.in_order(outputs))

    def _write(self, node: Node) -> int:
        """The use that makes the node's results."""
        reads = [self._made[value] for value in self._inputs(node)]
        if self._is_left_out(node):
            return reads[0]
        if node.path in self._groups:
            return self._write_inside(self._groups[node.path], node, reads)
        steps = self._steps(node)
        calls = [place for place, step in enumerate(steps) if isinstance(step, Call)]
        for place, step in enumerate(steps):
            owns = bool(calls) and place == calls[-1] and bool(self._graph.operations[node.path].weights)
            if owns and node.path in self._firsts:
                continue
            if not isinstance(step, Call):
                reads = [self._model.apply(self._model.add(), reads)]
                continue
            key = (node.owner, place)
            if key not in self._known:
                self._known[key] = self._model.add(self._listed(node, step, owns))
            reads = [self._model.apply(self._known[key], reads)]
        return reads[0]

    def _write_inside(self, group: str, node: Node, reads: Sequence[int]) -> int:
        """The use of the model inside that the node belongs to; the first node adds the model."""
        if group not in self._inside:
            self._inside[group] = self._model.apply(self._model.add(ListedLayer(_GROUP)), reads)
        use = self._inside[group]
        operation, _ = self._model.uses[use]
        steps = [step for step in self._steps(node) if isinstance(step, Call)]
        for place, step in enumerate(steps, 1):
            owns = place == len(steps) and bool(self._graph.operations[node.path].weights)
            if not (owns and node.path in self._firsts):
                kind, owners = self._listed(node, step, owns)
                self._model.operations[operation].append(ListedLayer(f"{_GROUP}/{kind}", owners))
        return use

    def _inputs(self, node: Node) -> tuple[Value, ...]:
        exchanged = self._form.emitted and not node.named and len(node.inputs) == 2
        if exchanged and isinstance(node.layer, COMMUTATIVE):
            first, second = node.inputs
            return (second, first) if self._depths[first] > self._depths[second] else node.inputs
        return node.inputs

    def _is_left_out(self, node: Node) -> bool:
        if self._form.activated:
            return isinstance(node.layer, Linear) and not node.named
        return self._target.is_left_out(self._graph, node)

    def _steps(self, node: Node) -> list[Call | Function]:
        operation = self._graph.operations[node.path]
        facts = self._target.facts_of(self._graph, node) | (frozenset({GENERAL}) if self._form.padded else frozenset())
        site = Site(node.layer, operation.inputs, node.types[0].axes, facts)
        return [step for step in self._target.describe(site) if step is not None]

    def _listed(self, node: Node, step: Call, owns: bool) -> ListedLayer:
        if owns and node.path in self._pairs:
            return ListedLayer(_SEPARABLE, (self._pairs[node.path].path, node.path))
        return ListedLayer(step.callee.removeprefix("layers."), (node.owner,) if owns else ())
