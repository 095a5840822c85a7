"""The flow of a model in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from archspec.checkpoints.flow.builder import FlowBuilder, Wire
from archspec.checkpoints.flow.steps import Flow
from archspec.checkpoints.model import INPUTS, FileLayer, FileMember, FileModel, FileValue
from archspec.ir import Axes, CompositeLayer, Layer, Shape
from archspec.layers import layer_types
from archspec.layers.activation import ACTIVATIONS

_MOST = 20_000
"""The largest number of steps; inner models count in each of their uses."""


class TooManyStepsError(Exception):
    """The model has more steps than are compared."""


def flow_of_model(
    model: FileModel, names: Mapping[str, str], shapes: Mapping[str, Sequence[Shape]], inputs: Sequence[Axes]
) -> Flow:
    """The flow of a model for inputs of these axes, if their number is right, or else of its own.

    `names` are the layers' names in the file of weights, by the model's; `shapes` are those of each layer's tensors.
    Raises `TooManyStepsError`.
    """
    reading = _Reading(names, shapes, any(layer.is_channels_first for _, layer in model.layers()))
    return reading.flow(model, inputs)


class _Reading:
    def __init__(
        self, names: Mapping[str, str], shapes: Mapping[str, Sequence[Shape]], is_channels_first: bool
    ) -> None:
        self._names = names
        self._shapes = shapes
        self._is_channels_first = is_channels_first
        self._builder = FlowBuilder()
        self._left = _MOST

    def flow(self, model: FileModel, inputs: Sequence[Axes]) -> Flow:
        given: list[Axes | None] = [each.shape for each in model.inputs]
        if len(inputs) == len(given):
            given = [self._axes(own, other) for own, other in zip(given, inputs, strict=True)]
        elif self._is_channels_first:
            given = [None] * len(given)
        wires = [self._builder.input(each.name, axes) for each, axes in zip(model.inputs, given, strict=True)]
        return self._builder.flow(self._calls(model, wires, ""))

    def _axes(self, own: Axes | None, other: Axes) -> Axes | None:
        """The axes of an input: the size of the network's, and the model's own channels."""
        if own is None or self._is_channels_first:
            return other
        if len(own) != len(other) or own[-1] is None:
            return own
        return (*other[:-1], own[-1])

    def _calls(self, model: FileModel, inputs: Sequence[Wire], prefix: str) -> list[Wire]:
        results: list[list[Wire]] = []

        def wire(value: FileValue) -> Wire:
            if value.call == INPUTS:
                return inputs[value.number]
            made = results[value.call]
            return made[value.number] if value.number < len(made) else made[0]

        for call in model.calls:
            reads = [wire(value) for value in call.inputs]
            member = model.members[call.name]
            results.append(self._call(member, reads, f"{prefix}{call.name}", bool(call.lacking)))
        return [wire(value) for value in model.outputs]

    def _call(self, member: FileMember, reads: list[Wire], name: str, is_strange: bool) -> list[Wire]:
        self._left -= 1
        if self._left < 0:
            raise TooManyStepsError
        if isinstance(member, FileModel):
            return self._calls(member, reads, f"{name}/")
        layers = () if is_strange or not reads else _layers(member, self._is_channels_first)
        return [self._layer(member, layers, reads, name)]

    def _layer(self, member: FileLayer, layers: Sequence[tuple[str, Layer]], reads: list[Wire], name: str) -> Wire:
        own = self._names.get(name, name)
        if not layers:
            shapes = self._shapes.get(own, ())
            if shapes:
                return self._builder.weighted_opaque(name, member.kind, reads, own, shapes)
            return self._builder.opaque(name, member.kind, reads)
        for part, layer in layers:
            owner = f"{own}.{part}" if part else own
            has_weights = type(layer).weights is not Layer.weights
            shapes = self._shapes.get(owner, ()) if has_weights else ()
            reads = [self._builder.layer(name, layer, reads, owner, shapes)]
        return reads[0]


def _layers(member: FileLayer, is_channels_first: bool) -> tuple[tuple[str, Layer], ...]:
    """The layers of the language that a layer is, with their names in a composite; none if it is unknown."""
    if member.layer_type is None:
        return ()
    attributes = {**member.attributes}
    if is_channels_first and attributes.get("axis") == 1:
        attributes["axis"] = -1
    try:
        found = layer_types()[member.layer_type].model_validate(attributes)
        if not isinstance(found, CompositeLayer):
            return tuple(("", each) for each in _with_activation(found.primitive()))
        return tuple(
            (str(part["name"]), each)
            for part in found.layers()
            for each in _with_activation(_made(str(part["layer_type"]), part))
        )
    except ValidationError:
        return ()


def _made(layer_type: str, part: Mapping[str, object]) -> Layer:
    found = layer_types()[layer_type].model_validate(
        {key: value for key, value in part.items() if key not in {"name", "layer_type"}}
    )
    assert isinstance(found, Layer)
    return found


def _with_activation(layer: Layer) -> tuple[Layer, ...]:
    """A layer, and its activation as a layer of its own."""
    activation = vars(layer).get("activation")
    if activation is None:
        return (layer,)
    return layer.model_copy(update={"activation": None}), ACTIVATIONS[activation]
