"""Connects the layers inside composites. Each function lowers them and returns the composite's value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from archspec.errors import Diagnostic, ShapeError, UnknownSizeError
from archspec.ir import Axes, Origin, are_known, shown
from archspec.layers.merge import Add, Concatenate
from archspec.lower.lowering import Lowering
from archspec.lower.scope_builder import Context, Placement
from archspec.lower.wires import Wire, known, type_of
from archspec.spec.layer_spec import Chain, LayerSpec
from archspec.spec.report import Faulty

# Made without validation, which would build the classes' validators on import.
_ADD = Add.model_construct()
_CONCATENATE = Concatenate.model_construct()


def _sequential(lowering: Lowering, spec: LayerSpec, context: Context, value: Wire) -> Wire:
    return lowering.chain(_layers(spec), context, value)


def _residual(lowering: Lowering, spec: LayerSpec, context: Context, value: Wire) -> Wire:
    """The sum of the layers' value and the shortcut's; a shortcut without layers is the identity."""
    (shortcut,) = spec.children.get("shortcut", ((),))
    values = (lowering.chain(_layers(spec), context, value), lowering.chain(shortcut, context, value))
    _refuse_unequal(lowering, spec, values, bool(shortcut))
    return lowering.node(_ADD, spec, Placement(context, None, values))


def _refuse_unequal(lowering: Lowering, spec: LayerSpec, values: tuple[Wire, Wire], has_shortcut: bool) -> None:
    """Raise `Faulty` if the two summands of a Residual have different shapes."""
    layers, shortcut = map(type_of, values)
    if layers is None or shortcut is None or layers == shortcut:
        return
    try:
        _ADD.infer((layers, shortcut))
    except UnknownSizeError:
        return  # the sum itself is refused
    except ShapeError:
        other = "its shortcut gives" if has_shortcut else "it reads"
        both = f"its layers give {shown(layers.axes)} and {other} {shown(shortcut.axes)}"
        message = f"Residual: {both}, which cannot be added"
        where = spec.place.inside("shortcut" if has_shortcut else "layer_type").where
        notes = (f"its layers end with {values[0]}",)
        raise Faulty(
            Diagnostic("wrong-shape", message, where, _projection(layers.axes, shortcut.axes), notes)
        ) from None


def _projection(layers: Axes, shortcut: Axes) -> str | None:
    """A hint for a shortcut with the layers' shape. Where no stride explains the size, the cause is mostly padding."""
    if len(layers) != len(shortcut):
        return None
    if not (are_known(layers) and are_known(shortcut)):
        return None
    strides = {-(-long // short) for long, short in zip(shortcut[:-1], layers[:-1], strict=True)} or {1}
    (stride,) = strides if len(strides) == 1 else (0,)
    if stride == 0 or tuple(-(-axis // stride) for axis in shortcut[:-1]) != layers[:-1]:
        return "`padding: same` keeps the height and the width"
    kind, what = ("1x1 Conv2D", "filters") if len(layers) > 1 else ("Dense", "units")
    strided = f" and strides {stride}" if stride > 1 else ""
    return f"a `shortcut` with a {kind} of {layers[-1]} {what}{strided} gives both the same shape"


def _parallel(lowering: Lowering, spec: LayerSpec, context: Context, value: Wire) -> Wire:
    """The merged values of the branches; each branch reads the composite's input."""
    values = tuple(lowering.chain(branch, context, value) for branch in spec.children["branches"])
    if "merge" not in spec.children:
        return lowering.node(_CONCATENATE, spec, Placement(context, None, values))
    ((merge,),) = spec.children["merge"]
    if merge.faulty:
        raise Faulty
    name = merge.read("name", context.names)
    origin = Origin(lowering.document.declarations[merge], context.names, known(values), context.origin)
    return lowering.make(
        merge, Placement(context._replace(origin=origin), name if isinstance(name, str) else None, values)
    )


def _densely_connected(lowering: Lowering, spec: LayerSpec, context: Context, value: Wire) -> Wire:
    """Each layer reads the concatenation of the composite's input and the values of all layers before it."""

    def concatenate(at: Context, layer: LayerSpec, before: Wire, after: Wire) -> Wire:
        return lowering.node(_CONCATENATE, layer, Placement(at, None, (before, after)), "concatenation")

    return lowering.chain(_layers(spec), context, value, concatenate)


def _layers(spec: LayerSpec) -> Chain:
    return spec.children["layers"][0]


COMPOSITES: Mapping[str, Callable[[Lowering, LayerSpec, Context, Wire], Wire]] = MappingProxyType(
    {
        "Sequential": _sequential,
        "Residual": _residual,
        "Parallel": _parallel,
        "DenselyConnected": _densely_connected,
    }
)
"""The composites by their names. `Reuse` is lowered elsewhere."""
