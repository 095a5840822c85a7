"""Makes nodes: checks a layer's inputs, infers its shape, and resolves whose weights it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

from archspec.advice import SAY_THE_SIZE, Advice
from archspec.errors import Diagnostic, ShapeError, UnknownSizeError
from archspec.ir import Input, Layer, Node, Result, TensorType, Value, WeightSpec, shown
from archspec.lower.bounds import MOST_ELEMENTS, Bounds, TooLarge
from archspec.lower.each import each_hint, refuse_several
from archspec.lower.scope_builder import Placement
from archspec.lower.wires import AMBIGUOUS_INPUT, Unknown, Wire, known
from archspec.spec.inputs import batch_hint, channels_first_hint
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.names import describe
from archspec.spec.report import Faulty, Report

_LISTED = 8
"""The largest number of inputs that an error names."""


class _Inferred(NamedTuple):
    """The types of a layer's results, its weights and number of parameters; `fits`: none of them exceeds its bound."""

    types: tuple[TensorType, ...]
    weights: tuple[WeightSpec, ...]
    parameters: int
    fits: bool


class Nodes:
    """All nodes made so far.

    `inputs` are the network's inputs as values, `reads` the inputs of each value's node, and `specs` the layer specs of
    nodes and scopes by their paths. `all_known` says whether all types so far are known.
    """

    def __init__(self, inputs: Mapping[str, TensorType | None], bounds: Bounds, report: Report) -> None:
        self.inputs: dict[str, Wire] = {
            name: Unknown(f"@{name}") if type_ is None else Input(name, type_) for name, type_ in inputs.items()
        }
        self.reads: dict[Wire, tuple[Wire, ...]] = {}
        self.specs: dict[str, LayerSpec] = {}
        self.all_known = True
        self._unknown = 0
        self._nodes: dict[str, Node] = {}
        self._inferred: dict[tuple[Layer, tuple[TensorType, ...]], _Inferred] = {}
        self._bounds = bounds
        self._report = report

    def add(self, layer: Layer, spec: LayerSpec, placement: Placement, name: str) -> Wire:
        """Make a node of this name in the placement's scope and return its value."""
        scope = placement.scope
        spec = placement.context.reuse or spec
        path = scope.path_to(name)
        self._bounds.read(len(placement.inputs), spec)
        self.specs[path] = spec
        value: Wire
        try:
            node = self._make(layer, spec, placement, path, placement.original or scope.original_of(name))
        except Faulty as fault:
            value = Unknown(path)
            self.all_known = False
            if fault.diagnostic is not None and scope.is_first_fault():
                self._report.take(fault, scope.uses)
        else:
            value = node.result
            self._nodes[path] = node
            scope.members.append(node)
        if self._bounds.exceeded:
            # Most of what follows would be too large as well.
            where = spec.place.inside("layer_type").where
            self._report.add(Diagnostic("too-large", self._bounds.excess_in_all(path), where), scope.uses)
            raise TooLarge
        self.reads[value] = placement.inputs
        return value

    def again(self, node: Node, original: str) -> None:
        """Add a copy of the node at the path `original`."""
        path = node.path
        self.reads[node.result] = node.inputs
        self.specs[path] = self.specs[original]
        self._nodes[path] = node

    def needs(self, value: Wire) -> tuple[Wire, ...]:
        """The values that a node reads, and the node whose weights it shares; nothing for an input of the network."""
        node = self.maker(value)
        if node is None:
            return ()
        return node.inputs if node.shares is None else (*node.inputs, self.result(node.shares))

    def maker(self, value: Wire) -> Node | None:
        """The node that makes a value, if one does."""
        return self._nodes.get(value.node) if isinstance(value, Result) else None

    def result(self, path: str) -> Result:
        """The value of the node at a path."""
        return self._nodes[path].result

    def unknown(self, *, several: bool = False) -> Unknown:
        """A new value of unknown type, or several."""
        self.all_known = False
        self._unknown += 1
        return Unknown(f"!{self._unknown}", several)

    def _make(self, layer: Layer, spec: LayerSpec, placement: Placement, path: str, original: str | None) -> Node:
        inputs = placement.inputs
        reads = tuple([value.type for value in known(inputs)])
        inferred = self._inferred.get((layer, reads)) if len(reads) == len(inputs) else None
        if inferred is None:
            inferred = self._infer(layer, spec, inputs, reads, path)
        shares = None if original is None else self._owner(original, layer, inferred.weights, path, spec)
        if not inferred.fits:
            excess = self._bounds.excess(path, inferred.types[0], () if shares else inferred.weights)
            if excess is not None:
                raise Faulty(Diagnostic("too-large", excess, spec.place.inside("layer_type").where))
        elif shares is None:
            self._bounds.count(inferred.parameters)
        named = not path[path.rfind(".") + 1].isdigit()
        return Node(path, layer, known(inputs), inferred.types, named, shares, placement.context.origin)

    def _infer(
        self, layer: Layer, spec: LayerSpec, inputs: tuple[Wire, ...], reads: tuple[TensorType, ...], path: str
    ) -> _Inferred:
        """Infer a layer's results and weights; `reads` are the types of the known inputs. Raises `Faulty`."""
        for value in inputs:
            refuse_several(value, spec)
        if AMBIGUOUS_INPUT in inputs or not layer.min_inputs <= len(inputs) <= (layer.max_inputs or len(inputs)):
            raise self._wrong_inputs(layer, inputs, spec)
        if len(reads) < len(inputs):
            raise Faulty
        try:
            types = layer.results(reads)
        except ShapeError as error:
            message = f"{type(layer).__name__}: {error}"
            where = spec.place.inside("layer_type").where
            code, hint = "wrong-shape", self._order_hint()
            if isinstance(error, UnknownSizeError):
                either = f"{error.instead}, or " if error.instead else ""
                code, hint = "unknown-size", hint or Advice.of("{either}" + SAY_THE_SIZE, either=either)
            notes = (*_which(path, spec), *_inputs(known(inputs)))
            raise Faulty(Diagnostic(code, message, where, hint, notes)) from None
        if (doubt := layer.doubt()) is not None:
            where = spec.place.inside("layer_type").where
            self._report.warning("unusual-value", f"{type(layer).__name__}: {doubt}", where)
        weights = layer.weights(reads)
        sizes = [prod(weight.shape) for weight in weights]
        elements = [prod(axis or 1 for axis in type_.axes) for type_ in types]
        fits = max([*elements, *sizes]) <= MOST_ELEMENTS
        found = self._inferred[layer, reads] = _Inferred(types, weights, sum(sizes), fits)
        return found

    def _order_hint(self) -> str | None:
        """The hint that an input of the network looks channels-first, or has the batch axis."""
        inputs = [value.type.axes for value in known(self.inputs.values())]
        return next(filter(None, (channels_first_hint(axes) or batch_hint(axes) for axes in inputs)), None)

    def _wrong_inputs(self, layer: Layer, inputs: tuple[Wire, ...], spec: LayerSpec) -> Faulty:
        """The fault of a wrong number of inputs, or of an input that is not named although there are several."""
        name = type(layer).__name__
        where = spec.place.inside("inputs" if "inputs" in spec.common else "layer_type").where
        if AMBIGUOUS_INPUT in inputs:
            return self.which_input(f"{name} could read", spec)
        if len(inputs) < layer.min_inputs:
            message = f"{name} takes at least {layer.min_inputs} inputs, and this one reads {len(inputs)}"
            few = "give the Parallel more `branches`" if "branches" in spec.children else "list them with `inputs`"
            return Faulty(Diagnostic("wrong-inputs", message, where, few))
        most = "one input" if layer.max_inputs == 1 else f"at most {layer.max_inputs} inputs"
        message = f"{name} takes {most}, and this one reads {len(inputs)}"
        hint = "merge them first, as with Concatenate or Add" if "inputs" in spec.common else "write Concatenate or Add"
        hint = each_hint(inputs, spec) or hint
        return Faulty(Diagnostic("wrong-inputs", message, where, hint))

    def which_input(self, what: str, spec: LayerSpec) -> Faulty:
        """The fault of a layer that must name one of the network's inputs."""
        where = spec.place.inside("inputs" if "inputs" in spec.common else "layer_type").where
        message = f"{what} any of the network's inputs: {', '.join(self.inputs)}"
        return Faulty(Diagnostic("which-input", message, where, "say which one with `inputs`"))

    def _owner(
        self, original: str, layer: Layer, weights: Sequence[WeightSpec], path: str, spec: LayerSpec
    ) -> str | None:
        """The path of the node whose weights this one shares; raises `Faulty` if the weights differ."""
        first = self._nodes.get(original)
        if first is None:
            return None
        owned = first.layer.weights(first.reads)
        message = _unlike(original, (first.layer, owned), (layer, weights))
        if message is not None:
            where = spec.place.inside("layer_type").where
            raise Faulty(Diagnostic("wrong-reuse", message, where, notes=_which(path, spec)))
        return first.shares or original


def _unlike(
    original: str, first: tuple[Layer, Sequence[WeightSpec]], again: tuple[Layer, Sequence[WeightSpec]]
) -> str | None:
    """The reason why a layer is not another one again, with its weights; None if it is."""
    (layer, owned), (other, weights) = first, again
    if type(layer) is not type(other):
        return f"layer {original} is a {type(layer).__name__}, and here it would be a {type(other).__name__}"
    slots, others = ([weight.slot for weight in each] for each in (owned, weights))
    if slots != others:
        return (
            f"layer {original} has the weights {', '.join(slots)}, and here it would have {', '.join(others) or 'none'}"
        )
    for key, value in vars(layer).items():
        here = vars(other)[key]
        if value != here:
            return f"`{key}` of layer {original} is {describe(value)}, and here it would be {describe(here)}"
    for mine, theirs in zip(weights, owned, strict=True):
        if mine.shape != theirs.shape:
            return (
                f"the {theirs.slot} of layer {original} has the shape {theirs.shape}, and here it would be {mine.shape}"
            )
    return None


def _which(path: str, spec: LayerSpec) -> tuple[str, ...]:
    """A note with the layer's path, unless the place in the text says it already."""
    plain = {"for", "rows", "repeat"}.isdisjoint(spec.common)
    return () if plain and path in (spec.common.get("name"), str(spec.place.path[-1])) else (f"its path is {path}",)


def _inputs(values: Sequence[Value]) -> Iterator[str]:
    """A note that names the values which a layer of several inputs reads, with their shapes."""
    listed = [
        f"{value.name if isinstance(value, Input) else value} {shown(value.type.axes)}" for value in values[:_LISTED]
    ]
    if len(listed) > 1:
        more = f" and {len(values) - _LISTED} others" if len(values) > _LISTED else ""
        yield f"it reads {', '.join(listed)}{more}"
