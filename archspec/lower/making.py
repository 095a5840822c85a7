"""What one copy of a layer becomes: a node, a scope, or what a composite makes of it."""

from __future__ import annotations

from functools import partial

from archspec.errors import Diagnostic
from archspec.ir import CompositeLayer, Layer, Value
from archspec.layers import LayerType
from archspec.layers.activation import ACTIVATIONS
from archspec.lower.arguments import block_arguments, fixed_defaults
from archspec.lower.composites import COMPOSITES
from archspec.lower.frame import Frame, Here, Member, Spot
from archspec.lower.lowering import Lowering
from archspec.lower.names import CHANNELS, Names
from archspec.lower.reuse import refuse_unlike, reused
from archspec.spec.attributes import make_layer
from archspec.spec.computed import evaluated
from archspec.spec.keys import misused_block
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.place import MadePlace
from archspec.spec.reader import Reader
from archspec.spec.report import Faulty
from archspec.spec.vocabulary import Form, Kind, Signature, Vocabulary


def make(lowering: Lowering, spec: LayerSpec, spot: Spot) -> Value:
    """Lower one copy of a layer; gives its value. Raises `Faulty`."""
    layer = spec.layer
    if layer is None:
        kind = spec.kind or _computed_kind(lowering, spec, spot.here)
        match kind:
            case Form(name="Reuse"):
                return _reuse(lowering, spec, spot)
            case Form():
                return _composite(kind, lowering, spec, spot)
            case Signature():
                return _block(kind, lowering, spec, spot)
        layer = _computed_layer(kind, lowering, spec, spot.here)
    if isinstance(layer, CompositeLayer):
        return _made_of_others(layer, lowering, spec, spot)
    return _primitive(layer, lowering, spec, spot)


def _computed_kind(lowering: Lowering, spec: LayerSpec, here: Here) -> Kind:
    """The kind that an expression chooses; raises `Faulty` if it is none, or one that it cannot choose."""
    place = spec.place.inside("layer_type")
    kind = lowering.document.vocabulary.find(str(spec.read("layer_type", here.names)), place)
    if isinstance(kind, Form):
        hint = "list both layers, each with a `when`"
        message = f"an expression cannot choose the composite {kind.name}"
        raise Faulty(Diagnostic("wrong-value", message, place.where, hint))
    if isinstance(kind, Signature):
        _refuse(misused_block(kind, spec.attributes, spec.place), lowering, here)
    return kind


def _computed_layer(kind: LayerType, lowering: Lowering, spec: LayerSpec, here: Here) -> Layer | CompositeLayer:
    """The layer with its attributes' values; raises `Faulty` if it cannot have them."""
    attributes = {key: evaluated(value, here.names) for key, value in spec.attributes.items()}
    layer, faults = make_layer(kind, attributes, spec.place, lowering.document.vocabulary.made)
    _refuse(faults, lowering, here)
    assert layer is not None, "a layer that is none has faults"
    return layer


def _refuse(faults: list[Diagnostic], lowering: Lowering, here: Here) -> None:
    """Report the faults, and raise `Faulty` if there are any."""
    for fault in faults:
        lowering.report.add(fault, here.frame.uses)
    if faults:
        raise Faulty


def _primitive(layer: Layer, lowering: Lowering, spec: LayerSpec, spot: Spot) -> Value:
    """A node, and one for the layer's activation if it has one."""
    layer = layer.primitive()
    activation = vars(layer).get("activation")
    if activation is None:
        return lowering.node(layer, spec, spot)
    path = lowering.node(layer.model_copy(update={"activation": None}), spec, spot)
    value = lowering.node(ACTIVATIONS[activation], spec, Spot(spot.here, None, (path,)), "activation")
    name = path.rpartition(".")[2]
    spot.here.frame.results[name] = Member(value, path, spot.here, partial(lowering.make, spec))
    return value


def _made_of_others(layer: CompositeLayer, lowering: Lowering, spec: LayerSpec, spot: Spot) -> Value:
    """A scope of the layers of which a layer is made."""
    value = _only_input(spec, spot)
    frame = lowering.open(type(layer).__name__, spec, spot)
    reader = Reader(Vocabulary(made=lowering.document.vocabulary.made), lowering.report)
    layers = reader.chain(layer.layers(), MadePlace(spec.place.root, spec.place.path))
    frame.sees = None
    value = lowering.chain(layers, Here(frame, frame, Names(), spot.here.depth + 1, origin=spot.here.origin), value)
    return lowering.close(frame, value, spot, partial(lowering.make, spec))


def _block(block: Signature, lowering: Lowering, spec: LayerSpec, spot: Spot) -> Value:
    """A scope of a block's layers, which see its params and the document's, and nothing of this use."""
    inputs = _block_inputs(block, spec, spot)
    _refuse_recursion(block, spec, spot.here.frame)
    names = lowering.with_channels(lowering.names, spot.inputs, spec) if block.reads(CHANNELS) else lowering.names
    arguments = block_arguments(block, spec, spot.here.names, names)
    frame = lowering.open(block.name, spec, spot)
    frame.block = True
    frame.inputs = inputs
    frame.sees = None
    frame.arguments = arguments
    frame.defaults = fixed_defaults(block)
    value = _block_value(block, lowering, frame, spot)
    return lowering.close(frame, value, spot, partial(lowering.make, spec))


def _block_value(block: Signature, lowering: Lowering, frame: Frame, spot: Spot) -> Value:
    """The value of a use of a block, whose layers go into its frame."""
    alike = lowering.alike
    key = alike.key(frame, spot.inputs, spot.here.depth) if lowering.all_known else None
    value = None if key is None else alike.copy(key, frame, spot.inputs)
    if value is None:
        before = lowering.bounds.counted
        names = lowering.names.new_child(dict(frame.arguments))
        inside = Here(frame, frame, names, spot.here.depth + 1, origin=spot.here.origin)
        value = lowering.chain(lowering.document.blocks[block.name].layers, inside, spot.inputs[0])
        if key is not None and lowering.all_known:
            alike.add(key, frame, spot.inputs, value, before)
    return value


def _block_inputs(block: Signature, spec: LayerSpec, spot: Spot) -> dict[str, Value]:
    """What a block reads, by its own names for that if it has some; raises `Faulty` for another number of values."""
    if not block.inputs:
        _only_input(spec, spot)
    elif len(block.inputs) != len(spot.inputs):
        where = spec.place.inside("inputs" if "inputs" in spec.common else "layer_type").where
        wanted = f"{len(block.inputs)} inputs ({', '.join(block.inputs)})"
        message = f"{block.name} takes {wanted}, and this one reads {len(spot.inputs)}"
        raise Faulty(Diagnostic("wrong-inputs", message, where, "list them with `inputs`"))
    return dict(zip(block.inputs, spot.inputs, strict=False))


def _composite(form: Form, lowering: Lowering, spec: LayerSpec, spot: Spot) -> Value:
    """What is inside a composite: in a scope of its own if it has a name, otherwise in the scope around it."""
    lower = COMPOSITES[form.name]
    value = _only_input(spec, spot)
    if spot.name is None:
        return lower(lowering, spec, lowering.deeper(spec, spot.here), value)
    frame = lowering.open(form.name, spec, spot)
    value = lower(lowering, spec, spot.here.inside(frame), value)
    return lowering.close(frame, value, spot, partial(lowering.make, spec))


def _reuse(lowering: Lowering, spec: LayerSpec, spot: Spot) -> Value:
    """An earlier layer again, with its weights: it is made of the same spec, with the same names, in another spot."""
    target = reused(spec, spot.here)
    here = Here(spot.here.frame, target.here.sees, target.here.names, spot.here.depth + 1, spec, spot.here.origin)
    original = target.path if target.inside is None else target.inside.original or target.path
    name = spot.name or str(here.frame.count)
    value = target.make(Spot(here, name, spot.inputs, original))
    if lowering.all_known:
        refuse_unlike(spec, target, here.frame.results[name])
    return value


def _only_input(spec: LayerSpec, spot: Spot) -> Value:
    """What a layer reads that takes one input; raises `Faulty` if it reads several."""
    if len(spot.inputs) == 1:
        return spot.inputs[0]
    where = spec.place.inside("inputs").where
    message = f"{spec.common['layer_type']} takes one input, and this one reads {len(spot.inputs)}"
    raise Faulty(Diagnostic("wrong-inputs", message, where, "merge them first, as with Concatenate or Add"))


def _refuse_recursion(block: Signature, spec: LayerSpec, frame: Frame) -> None:
    """Raise `Faulty` if the block is being used already where it is used now."""
    users = [outer.kind for outer in frame.enclosing() if outer.block]
    if block.name in users:
        cycle = [block.name, *users[: users.index(block.name)][::-1], block.name]
        where = spec.place.inside("layer_type").where
        alone = len(cycle) == 2
        message = f"{block.name} uses itself" if alone else f"blocks use each other: {' -> '.join(cycle)}"
        raise Faulty(Diagnostic("block-recursion", message, where))
