"""Lowers one copy of a layer: to a node, to a scope, or to the members of a composite."""

from __future__ import annotations

from functools import partial

from archspec.errors import Diagnostic
from archspec.expressions.names import INPUT_WORDS, Names
from archspec.ir import CompositeLayer, Layer
from archspec.layers import LayerType
from archspec.layers.activation import ACTIVATIONS
from archspec.lower.arguments import block_arguments, fixed_defaults
from archspec.lower.composites import COMPOSITES
from archspec.lower.each import each_hint
from archspec.lower.lowering import Lowering
from archspec.lower.reuse import refuse_unlike, reused
from archspec.lower.scope_builder import Binding, Context, Placement, ScopeBuilder
from archspec.lower.wires import Wire
from archspec.spec.attributes import make_layer
from archspec.spec.computed import evaluated
from archspec.spec.keys import misused_block
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.place import MadePlace
from archspec.spec.reader import Reader
from archspec.spec.report import Faulty
from archspec.spec.vocabulary import Form, Kind, Signature, Vocabulary

_MERGE_FIRST = "merge them first, as with Concatenate or Add"


def lower_layer(lowering: Lowering, spec: LayerSpec, placement: Placement) -> Wire:
    """Lower one copy of a layer and return its value. Raises `Faulty`."""
    layer = spec.layer
    if layer is None:
        kind = spec.kind or _computed_kind(lowering, spec, placement.context)
        match kind:
            case Form(name="Reuse"):
                return _reuse(lowering, spec, placement)
            case Form():
                return _composite(kind, lowering, spec, placement)
            case Signature():
                return _block(kind, lowering, spec, placement)
        layer = _computed_layer(kind, lowering, spec, placement.context)
    if isinstance(layer, CompositeLayer):
        return _made_of_others(layer, lowering, spec, placement)
    return _primitive(layer, lowering, spec, placement)


def _computed_kind(lowering: Lowering, spec: LayerSpec, context: Context) -> Kind:
    """The layer type or block that an expression names; raises `Faulty` if there is none, or it is a composite."""
    place = spec.place.inside("layer_type")
    kind = lowering.document.vocabulary.find(str(spec.read("layer_type", context.names)), place)
    if isinstance(kind, Form):
        hint = "list both layers, each with a `when`"
        message = f"an expression cannot choose the composite {kind.name}"
        raise Faulty(Diagnostic("wrong-value", message, place.where, hint))
    if isinstance(kind, Signature):
        _refuse(misused_block(kind, spec.attributes, spec.place), lowering, context)
    return kind


def _computed_layer(kind: LayerType, lowering: Lowering, spec: LayerSpec, context: Context) -> Layer | CompositeLayer:
    """The layer with its attributes evaluated; raises `Faulty` for attributes that the layer refuses."""
    attributes = {key: evaluated(value, context.names) for key, value in spec.attributes.items()}
    # A default that is left to be evaluated has no value: its fault was reported.
    defaults = {key: evaluated(value, {}) for key, value in lowering.defaults.of(kind, attributes).items()}
    layer, faults = make_layer(kind, attributes, spec.place, lowering.document.vocabulary.made, defaults)
    _refuse(faults, lowering, context)
    assert layer is not None, "a layer that is none has faults"
    return layer


def _refuse(faults: list[Diagnostic], lowering: Lowering, context: Context) -> None:
    """Report the faults, and raise `Faulty` if there are any."""
    for fault in faults:
        lowering.report.add(fault, context.scope.uses)
    if faults:
        raise Faulty


def _primitive(layer: Layer, lowering: Lowering, spec: LayerSpec, placement: Placement) -> Wire:
    """A node for the layer, and a second one for its activation if it has one."""
    layer = layer.primitive()
    activation = vars(layer).get("activation")
    if activation is None:
        return lowering.node(layer, spec, placement)
    sums = lowering.node(layer.model_copy(update={"activation": None}), spec, placement)
    value = lowering.node(ACTIVATIONS[activation], spec, Placement(placement.context, None, (sums,)), "activation")
    path = str(sums)
    name = path.rpartition(".")[2]
    placement.scope.bindings[name] = Binding(value, path, placement.context, partial(lowering.make, spec))
    return value


def _made_of_others(layer: CompositeLayer, lowering: Lowering, spec: LayerSpec, placement: Placement) -> Wire:
    """A scope with the layers that a composite layer class consists of."""
    value = _only_input(spec, placement)
    scope = lowering.open(type(layer).__name__, spec, placement)
    reader = Reader(Vocabulary(made=lowering.document.vocabulary.made), lowering.report)
    layers = reader.chain(layer.layers(), MadePlace(spec.place.root, spec.place.path))
    scope.lexical_parent = None
    value = lowering.chain(
        layers, Context(scope, scope, Names(), placement.context.depth + 1, origin=placement.context.origin), value
    )
    return lowering.close(scope, value, placement, partial(lowering.make, spec))


def _block(block: Signature, lowering: Lowering, spec: LayerSpec, placement: Placement) -> Wire:
    """A scope with a block's layers. They can read the params of the block and of the document, and no other names."""
    inputs = _block_inputs(block, spec, placement)
    _refuse_recursion(block, spec, placement.scope)
    words = frozenset(filter(block.reads, INPUT_WORDS))
    names = lowering.with_input(lowering.names, placement.inputs, spec, words) if words else lowering.names
    arguments = block_arguments(block, spec, placement.context.names, names)
    scope = lowering.open(block.name, spec, placement)
    scope.block = True
    scope.inputs = inputs
    scope.lexical_parent = None
    scope.arguments = arguments
    scope.defaults = fixed_defaults(block)
    value = _block_value(block, lowering, scope, placement)
    return lowering.close(scope, value, placement, partial(lowering.make, spec))


def _block_value(block: Signature, lowering: Lowering, scope: ScopeBuilder, placement: Placement) -> Wire:
    """Lower a block's layers into the scope of its use, or copy an equal use; returns the value."""
    use_cache = lowering.use_cache
    may_copy = lowering.all_known and not lowering.owners
    key = use_cache.key(scope, placement.inputs, placement.context.depth) if may_copy else None
    value = None if key is None else use_cache.copy(key, scope, placement.inputs)
    if value is None:
        before = lowering.bounds.counted
        names = lowering.names.new_child(dict(scope.arguments))
        inside = Context(scope, scope, names, placement.context.depth + 1, origin=placement.context.origin)
        value = lowering.chain(lowering.document.blocks[block.name].layers, inside, placement.inputs[0])
        if key is not None and lowering.all_known:
            use_cache.add(key, scope, placement.inputs, value, before)
    return value


def _block_inputs(block: Signature, spec: LayerSpec, placement: Placement) -> dict[str, Wire]:
    """The values that a block reads, by its names for them; raises `Faulty` for a wrong number of values."""
    if not block.inputs:
        _only_input(spec, placement)
    elif len(block.inputs) != len(placement.inputs):
        where = spec.place.inside("inputs" if "inputs" in spec.common else "layer_type").where
        wanted = f"{len(block.inputs)} inputs ({', '.join(block.inputs)})"
        message = f"{block.name} takes {wanted}, and this one reads {len(placement.inputs)}"
        hint = each_hint(placement.inputs, spec) or "list them with `inputs`"
        raise Faulty(Diagnostic("wrong-inputs", message, where, hint))
    return dict(zip(block.inputs, placement.inputs, strict=False))


def _composite(form: Form, lowering: Lowering, spec: LayerSpec, placement: Placement) -> Wire:
    """Lower the layers of a composite: into its own scope if it has a name, otherwise into the scope around it."""
    lower = COMPOSITES[form.name]
    value = _only_input(spec, placement)
    if placement.name is None:
        return lower(lowering, spec, lowering.deeper(spec, placement.context), value)
    scope = lowering.open(form.name, spec, placement)
    value = lower(lowering, spec, placement.context.inside(scope), value)
    return lowering.close(scope, value, placement, partial(lowering.make, spec))


def _reuse(lowering: Lowering, spec: LayerSpec, placement: Placement) -> Wire:
    """Lower an earlier layer again in this place, from the same spec, with the original's weights."""
    target = reused(spec, placement.context)
    context = Context(
        placement.scope,
        target.context.lexical_parent,
        target.context.names,
        placement.context.depth + 1,
        spec,
        placement.context.origin,
    )
    original = target.path if target.inside is None else target.inside.original or target.path
    name = placement.name or str(context.scope.count)
    value = target.make(Placement(context, name, placement.inputs, original))
    if lowering.all_known:
        refuse_unlike(target, context.scope.bindings[name], spec.place.inside("layer"))
    return value


def _only_input(spec: LayerSpec, placement: Placement) -> Wire:
    """The one value that a layer reads; raises `Faulty` if it reads several."""
    if len(placement.inputs) == 1:
        return placement.inputs[0]
    where = spec.place.inside("inputs").where
    message = f"{spec.common['layer_type']} takes one input, and this one reads {len(placement.inputs)}"
    raise Faulty(Diagnostic("wrong-inputs", message, where, each_hint(placement.inputs, spec) or _MERGE_FIRST))


def _refuse_recursion(block: Signature, spec: LayerSpec, scope: ScopeBuilder) -> None:
    """Raise `Faulty` if this use is inside another use of the same block."""
    users = [outer.kind for outer in scope.enclosing() if outer.block]
    if block.name in users:
        cycle = [block.name, *users[: users.index(block.name)][::-1], block.name]
        where = spec.place.inside("layer_type").where
        alone = len(cycle) == 2
        message = f"{block.name} uses itself" if alone else f"blocks use each other: {' -> '.join(cycle)}"
        raise Faulty(Diagnostic("block-recursion", message, where))
