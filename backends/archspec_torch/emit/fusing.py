"""Joins convolutions with the sums and activations behind them, for the fast form of a network.

Names and weights stay: a layer that went into a convolution leaves an `nn.Identity` where later layers have positions.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from archspec.ir import Operation
from archspec.layers.merge import Add
from archspec.layers.window import WindowedLayer
from archspec.program.calls import Call, Function
from archspec.program.cases import Value
from archspec.program.lifetimes import Lifetimes
from archspec.program.model import Activation, Apply, Body, Form, Group, If, Item, Layer, Loop, Slice
from archspec.program.walking import applied, bodies_of, every_layer

CONVOLUTION: Final = "nn.Conv2d"
FUSED: Final = "FusedConv2d"
"""The class that computes all of it."""

NONE: Final = "nn.Identity"

AFTER_SUM: Final = frozenset({"nn.ReLU"})
"""The activations that oneDNN's operator has behind a sum."""

ACTIVATIONS: Final = AFTER_SUM | {
    "nn.SiLU",
    "nn.Hardswish",
    "nn.Hardsigmoid",
    "nn.Sigmoid",
    "nn.Tanh",
    "nn.GELU",
    "nn.LeakyReLU",
    "nn.ReLU6",
    "nn.Hardtanh",
}
"""The activations that oneDNN's operator has; `onednn_activation` knows the same."""


@dataclass(frozen=True, eq=False)
class FusedLayer(Layer):
    """A convolution with what follows it: an activation, of which `test` is the condition if there is one."""

    activation: Apply | None = None
    test: ast.expr | None = None


FormOf = Callable[[Operation], Call | Function | None]
"""Gives the class of an activation."""


def fused(body: Body, outputs: Collection[Value], form_of: FormOf) -> Body:
    """The body with fused convolutions, and without the sums and activations that alone read their values.

    `outputs` are the values that the network gives. A convolution that is applied several times stays as it is.
    """
    repeated = {item.again for item in every_layer(body) if item.again is not None}
    return _Fusing(body, outputs, repeated, form_of).written()


class _Fusing:
    """Rewrites one body, and with it the bodies of its loops and conditions."""

    def __init__(
        self, body: Body, outputs: Collection[Value], repeated: Collection[Apply], form_of: FormOf, joins: bool = True
    ) -> None:
        self._body = body
        self._outputs = outputs
        self._repeated = repeated
        self._form_of = form_of
        self._joins = joins
        self._lifetimes = Lifetimes(body, outputs)
        self._slices: dict[Body, Body] = {}

    def written(self) -> Body:
        """The new body."""
        return self._written(self._body, any(map(_has_position, applied(self._body))), is_inside=False)

    def _written(self, body: Body, positions: bool, *, is_inside: bool) -> Body:
        items = [self._begun(item, positions) for item in body.items]
        index = 0
        while index < len(items):
            item = items[index]
            is_fused = isinstance(item, Apply) and isinstance(item.made, FusedLayer)
            index += 0 if self._joins and is_fused and self._join(items, index, positions, is_inside) else 1
        return Body(body.inputs, items, body.output)

    def _begun(self, item: Item, positions: bool) -> Item:
        """The item with a fused convolution in its place, or with such ones inside."""
        match item:
            case Loop(body=body):
                return replace(item, body=self._written(body, positions, is_inside=True))
            case If(body=body, otherwise=otherwise):
                other = None if otherwise is None else self._written(otherwise, positions, is_inside=True)
                return replace(item, body=self._written(body, positions, is_inside=True), otherwise=other)
            case Apply(made=Group(body=body)):
                return replace(item, made=Group(_Fusing(body, (), self._repeated, self._form_of).written()))
            case Apply(made=Slice(body=body) as part):
                # Other slices count the layers of the same body.
                if body not in self._slices:
                    plain = _Fusing(body, (), self._repeated, self._form_of, joins=False)
                    self._slices[body] = plain.written()
                return replace(item, made=replace(part, body=self._slices[body]))
            case Apply(made=Layer(forms=(Form(made=Call() as call) as form, *others)) as layer):
                is_able = call.callee == CONVOLUTION and all(map(_pads_evenly, layer.operations))
                if is_able and item.again is None and item not in self._repeated:
                    own = replace(form, made=replace(call, callee=FUSED))
                    return replace(item, made=FusedLayer((own, *others), layer.operations))
        return item

    def _join(self, items: list[Item], index: int, positions: bool, is_inside: bool) -> bool:
        """Let a convolution do the work of the item that alone reads it; whether it can."""
        item = items[index]
        assert isinstance(item, Apply), "asked before"
        at = next((at for at in range(index + 1, len(items)) if item.output in _reads(items[at])), None)
        if at is None or item.output in self._outputs:
            return False
        reader = items[at]
        if isinstance(reader, Apply) and (reader.again is not None or reader in self._repeated):
            return False
        keeps_place = positions and (is_inside or any(map(_has_position, _applied(items[at + 1 :]))))
        found = self._with_sum(item, reader) or self._with_activation(item, reader)
        if found is None or (keeps_place and isinstance(reader, If)):
            return False
        if keeps_place and isinstance(reader, Apply) and len(reader.inputs) == 1:
            items[index] = replace(found, output=item.output)
            items[at] = replace(reader, made=_identity(reader))
            return False
        if len(found.inputs) > len(item.inputs):  # the other value may be made in between
            items[at] = found
            del items[index]
        else:
            items[index] = found
            del items[at]
        return True

    def _with_sum(self, item: Apply, reader: Item) -> Apply | None:
        """The convolution with a sum of two values that it makes one of."""
        layer = item.made
        assert isinstance(layer, FusedLayer), "asked before"
        match reader:
            case Apply(made=Layer(operations=operations), inputs=(first, second)) if (
                first is not second
                and layer.activation is None
                and len(item.inputs) == 1
                and self._lifetimes.reads(item.output) == 1
                and all(isinstance(each.layer, Add) and {*each.reads} == {*each.gives} for each in operations)
            ):
                other = second if first is item.output else first
                return replace(item, inputs=(*item.inputs, other), output=reader.output)
        return None

    def _with_activation(self, item: Apply, reader: Item) -> Apply | None:
        """The convolution with an activation, which may have a condition."""
        layer = item.made
        assert isinstance(layer, FusedLayer), "asked before"
        activation, test, reads = reader, None, 1
        if isinstance(reader, If) and reader.otherwise is None and len(reader.body.items) == 1:
            activation, test, reads = reader.body.items[0], reader.test, 2
            if reader.body.output is not activation.output:
                return None
        if not isinstance(activation, Apply) or activation.inputs != (item.output,):
            return None
        able = AFTER_SUM if len(item.inputs) > 1 else ACTIVATIONS
        known = self._classes(activation)
        if layer.activation or self._lifetimes.reads(item.output) != reads or not known or not known <= able:
            return None
        return replace(item, made=replace(layer, activation=activation, test=test), output=reader.output)

    def _classes(self, item: Apply) -> set[str]:
        """The classes that an activation may be; none for another layer."""
        match item.made:
            case Layer(forms=(Form(made=Call(callee=callee)), *_)):
                return {callee}
            case Activation(operations=operations):
                forms = [self._form_of(operation) for operation in operations.values()]
                return {form.callee if isinstance(form, Call) else "" for form in forms}
        return set()


def _reads(item: Item) -> tuple[Value, ...]:
    return item.inputs if isinstance(item, Apply) else (item.source,)


def _has_position(item: Apply) -> bool:
    """Whether the name of a layer with weights is its position, if it is in a sequence."""
    return item.name is None and item.made.has_weights


def _applied(items: Sequence[Item]) -> Iterator[Apply]:
    for item in items:
        if isinstance(item, Apply):
            yield item
        else:
            for body in bodies_of(item):
                yield from applied(body)


def _identity(item: Apply) -> Layer:
    """The layer in the place of an activation that went into another layer."""
    forms = (Form(Call(NONE), ()), Form(Function("{0}"), ()))
    match item.made:
        case Activation(operations=operations):
            return Layer(forms, (*operations.values(),))
        case Layer(operations=operations):
            return Layer(forms, operations)
    raise AssertionError("only activations go into other layers and leave a place")


def _pads_evenly(operation: Operation) -> bool:
    """Whether a convolution has as much padding before an image as after it, also if it is a word."""
    layer = operation.layer
    if not isinstance(layer, WindowedLayer) or layer.padding != "same":
        return True
    return all(gap * (size - 1) % 2 == 0 for size, gap in zip(layer.window, layer.spread, strict=True))
