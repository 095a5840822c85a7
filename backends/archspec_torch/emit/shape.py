"""Layers that only move or leave out elements.

They are defined for channels-last values. PyTorch's images are channels-first, so they are permuted before a reshape.
"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.analyses import same_in_both_orders
from archspec.ir import Axes, Layer, Shape, are_known
from archspec.layers.axes import axis_index, is_image
from archspec.layers.shape import Cropping2D, Flatten, Permute, Reshape, Slice, ZeroPadding2D
from archspec.program.calls import GENERAL, Argument, Call, Function, Site
from archspec_torch.emit.row import CHANNELS_FIRST, Row, TorchLayer, dim


def _flatten(site: Site[Flatten]) -> TorchLayer:
    if not site.inputs[0]:
        return _reshaped((), (1,))
    if CHANNELS_FIRST in site.facts or same_in_both_orders(site.inputs[0]):
        return TorchLayer(Call("nn.Flatten"), Function("torch.flatten({0}, 1)"))
    return TorchLayer(Call("ChannelsLastFlatten"), Function("{0}.permute(0, 2, 3, 1).flatten(1)"))


def _reshape(site: Site[Reshape]) -> TorchLayer:
    before, target = site.inputs[0], site.layer.target_shape
    after = site.output if are_known(site.output) else target
    if not (same_in_both_orders(before) and same_in_both_orders(after)):
        turn_first = ".permute(0, 2, 3, 1)" if is_image(before) else ""
        turn_last = ".permute(0, 3, 1, 2)" if is_image(after) else ""
        shape = Argument("shape", target, positional=True)
        turned = _split(f"{{0}}{turn_first}", before, shape)
        return TorchLayer(
            Call("ChannelsLastReshape", (shape,)), Function(f"{turned.template}{turn_last}", turned.arguments)
        )
    if len(after) == 1 and before:
        return TorchLayer(Call("nn.Flatten"), Function("torch.flatten({0}, 1)"))
    if len(before) == 1 and after[:2] == (1, 1) and is_image(after):
        return TorchLayer(_unflattened(after), Function("{0}[:, :, None, None]"))
    if is_image(before) or is_image(after):
        # Both orders are the same only for this size, so other sizes are not allowed.
        return _reshaped(before, _native(after))
    return _reshaped(before, target)


def _unflattened(after: Shape) -> Call:
    dimension = Argument("dim", 1, positional=True)
    return Call("nn.Unflatten", (dimension, Argument("unflattened_size", _native(after), positional=True)))


def _reshaped(before: Axes, native: Shape) -> TorchLayer:
    shape = Argument("shape", native, positional=True)
    return TorchLayer(Call("Reshape", (shape,)), _split("{0}", before, shape))


def _split(value: str, before: Axes, shape: Argument) -> Function:
    """The code that reshapes each sample, and cannot move elements between samples.

    A reshape to (-1, ...) would move them with an image of another size.
    """
    after = shape.value
    assert isinstance(after, tuple), "a shape is a tuple"
    if not before:
        return Function(f"{value}.reshape({', '.join(map(str, (-1, *after)))})")
    flattened = value if len(before) == 1 else f"{value}.flatten(1)"
    return Function(flattened) if len(after) == 1 else Function(f"{flattened}.unflatten(1, {{arguments}})", (shape,))


def _native(shape: Shape) -> Shape:
    return (shape[2], shape[0], shape[1]) if is_image(shape) else shape


def _zero_padding(site: Site[ZeroPadding2D]) -> TorchLayer:
    (top, bottom), (left, right) = site.layer.padding
    pad = (left, right, top, bottom)
    padding = pad[0] if len(set(pad)) == 1 else pad
    return TorchLayer(
        Call("nn.ZeroPad2d", (Argument("padding", padding, positional=True),)),
        Function("F.pad({0}, {arguments})", (Argument("pad", pad, positional=True),)),
    )


def _cropping(site: Site[Cropping2D]) -> TorchLayer:
    (top, bottom), (left, right) = site.layer.cropping
    pad = (-left, -right, -top, -bottom)
    padding = pad[0] if len(set(pad)) == 1 else pad
    index = [_range(start, -end or None) for start, end in site.layer.cropping]
    return TorchLayer(
        Call("nn.ZeroPad2d", (Argument("padding", padding, positional=True),)),
        Function(f"{{0}}[:, :, {', '.join(index)}]"),
    )


def _slice(site: Site[Slice]) -> TorchLayer:
    layer, position = site.layer, dim(site.layer.axis, site.inputs[0])
    arguments = (
        Argument("dim", position, positional=True),
        Argument("start", layer.start, default=0),
        Argument("stop", layer.stop, default=None),
        Argument("step", layer.step, default=1),
    )
    # A chunk of an image's axis would depend on its size; `start` and `stop` do not.
    of_features = axis_index(layer.axis, site.inputs[0]) == len(site.inputs[0]) - 1
    chunk = layer.chunk(site.inputs[0]) if of_features and GENERAL not in site.facts else None
    if chunk is not None:
        index, chunks = chunk
        function = Function(f"{{0}}.chunk({chunks}, dim={position})[{index}]", parts=chunks)
    else:
        function = Function(f"{{0}}[{':, ' * position}{_range(layer.start, layer.stop, layer.step)}]")
    return TorchLayer(Call("Slice", arguments), function)


def _range(start: int, stop: int | None, step: int = 1) -> str:
    return f"{start or ''}:{'' if stop is None else stop}" + (f":{step}" if step != 1 else "")


def _permute(site: Site[Permute]) -> TorchLayer:
    dims = tuple(dim(axis, site.inputs[0]) for axis in site.layer.dims)
    native = (0, *_native(dims))
    return TorchLayer(
        Call("Permute", (Argument("dims", native, positional=True),)),
        Function(f"{{0}}.permute({', '.join(map(str, native))})"),
    )


ROWS: Mapping[type[Layer], Row] = {
    # A vector passes unchanged; `archspec.analyses` decides the order of a flattened image.
    Flatten: Row(_flatten, result="passed", flattens=True),
    Reshape: Row(_reshape, result="passed"),
    # A vector has one axis, whose order is kept.
    Permute: Row(_permute, result="passed"),
    Slice: Row(_slice, result="passed"),
    ZeroPadding2D: Row(_zero_padding, result="fresh"),
    Cropping2D: Row(_cropping, result="passed"),
}
