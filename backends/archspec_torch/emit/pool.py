"""Pooling."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Layer
from archspec.layers.pool import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AdaptivePooling,
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from archspec.layers.window import padding_for
from archspec.program.calls import Argument, Call, Function, Site
from archspec_torch.emit.row import Row, TorchLayer, collapse, pads_when_run

Pool = Site[MaxPooling2D] | Site[AveragePooling2D]


def _max_pool(site: Site[MaxPooling2D]) -> TorchLayer:
    kernel, stride, ceil_mode = _window(site)
    if pads_when_run(site):
        return _same("MaxPool2dSame", "max_pool2d_same", site)
    if _torch_can_pad(site):
        arguments = (kernel, stride, _padding(site), ceil_mode)
        return TorchLayer(Call("nn.MaxPool2d", arguments), Function("F.max_pool2d({0}, {arguments})", arguments))
    pad, window = _pad(site, reached=True), (kernel, stride, ceil_mode)
    return TorchLayer(
        Call("PaddedMaxPool2d", (*window, Argument("pad", pad))),
        Function(f'F.max_pool2d(F.pad({{0}}, {pad}, value=float("-inf")), {{arguments}})', window),
    )


def _average_pool(site: Site[AveragePooling2D]) -> TorchLayer:
    kernel, stride, ceil_mode = _window(site)
    count_padding = site.layer.count_include_pad
    if pads_when_run(site):
        counted = Argument("count_include_pad", count_padding, default=True)
        return _same("AvgPool2dSame", "avg_pool2d_same", site, counted)
    if _torch_can_pad(site):
        padding = _padding(site)
        # Without padding PyTorch's default means the same.
        counted = Argument("count_include_pad", count_padding or padding.value == 0, default=True)
        arguments = (kernel, stride, padding, ceil_mode, counted)
        return TorchLayer(Call("nn.AvgPool2d", arguments), Function("F.avg_pool2d({0}, {arguments})", arguments))
    if not count_padding:
        padded = (kernel, stride, ceil_mode, Argument("pad", _pad(site, reached=True)))
        return TorchLayer(Call("PaddedAvgPool2d", padded), Function("padded_avg_pool2d({0}, {arguments})", padded))
    pad, window = _pad(site, reached=False), (kernel, stride, ceil_mode)
    padded = (*window, Argument("pad", pad))
    counts_all = pad == _pad(site, reached=True)
    return TorchLayer(
        Call("CountedPadAvgPool2d", padded),
        Function(f"F.avg_pool2d(F.pad({{0}}, {pad}), {{arguments}})", window)
        if counts_all
        else Function("counted_pad_avg_pool2d({0}, {arguments})", padded),
    )


def _same(module: str, function: str, site: Pool, *more: Argument) -> TorchLayer:
    """Pooling with "same" padding from the size of the input, so that no window exceeds the padded image."""
    kernel = Argument("kernel_size", collapse(site.layer.window), positional=True)
    arguments = (kernel, Argument("stride", collapse(site.layer.strides)), *more)
    return TorchLayer(Call(module, arguments), Function(f"{function}({{0}}, {{arguments}})", arguments))


def _window(site: Pool) -> tuple[Argument, Argument, Argument]:
    kernel = collapse(site.layer.window)
    return (
        Argument("kernel_size", kernel, positional=True),
        Argument("stride", collapse(site.layer.strides), default=kernel),
        Argument("ceil_mode", site.layer.ceil_mode, default=False),
    )


def _padding(site: Pool) -> Argument:
    (top, _), (left, _) = padding_for(site.layer, site.inputs[0])
    return Argument("padding", collapse((top, left)), default=0)


def _torch_can_pad(site: Pool) -> bool:
    """Whether PyTorch's pooling can pad: the same on both sides, and at most half the kernel."""
    edges = padding_for(site.layer, site.inputs[0])
    return all(
        before == after and 2 * before <= kernel
        for (before, after), kernel in zip(edges, site.layer.window, strict=True)
    )


def _pad(site: Pool, *, reached: bool) -> tuple[int, int, int, int]:
    """The padding in the order of `F.pad`, the last axis first.

    With `ceil_mode` PyTorch could begin a window in the padding at the end, which `F.pad` makes a part of the image. No
    window begins there if the padding is at most the overlap of windows; with `reached` it is limited to that.
    """
    (top, bottom), (left, right) = padding_for(site.layer, site.inputs[0])
    if reached and site.layer.ceil_mode:
        overlaps = (max(size - step, 0) for size, step in zip(site.layer.window, site.layer.strides, strict=True))
        bottom, right = map(min, (bottom, right), overlaps)
    return left, right, top, bottom


def _adaptive(module: str, function: str) -> Row:
    def describe(site: Site[AdaptivePooling]) -> TorchLayer:
        size = (Argument("output_size", collapse(site.layer.output_size), positional=True),)
        return TorchLayer(Call(module, size), Function(f"{function}({{0}}, {{arguments}})", size))

    return Row(describe, result="fresh")


def _global_average(site: Site[GlobalAveragePooling2D]) -> TorchLayer:
    if site.layer.keepdims:
        one = (Argument("output_size", 1, positional=True),)
        return TorchLayer(Call("nn.AdaptiveAvgPool2d", one), Function("F.adaptive_avg_pool2d({0}, {arguments})", one))
    return TorchLayer(Call("GlobalAvgPool2d"), Function("{0}.mean((2, 3))"))


def _global_max(site: Site[GlobalMaxPooling2D]) -> TorchLayer:
    # amax divides the gradient among equal maxima, as Keras does; adaptive_max_pool2d gives it to one of them.
    keepdim = Argument("keepdim", site.layer.keepdims, default=False)
    ending = ", keepdim=True" if site.layer.keepdims else ""
    return TorchLayer(Call("GlobalMaxPool2d", (keepdim,)), Function(f"{{0}}.amax((2, 3){ending})"))


ROWS: Mapping[type[Layer], Row] = {
    MaxPooling2D: Row(_max_pool, result="fresh"),
    AveragePooling2D: Row(_average_pool, result="fresh"),
    AdaptiveAveragePooling2D: _adaptive("nn.AdaptiveAvgPool2d", "F.adaptive_avg_pool2d"),
    AdaptiveMaxPooling2D: _adaptive("nn.AdaptiveMaxPool2d", "F.adaptive_max_pool2d"),
    GlobalAveragePooling2D: Row(_global_average, result="fresh"),
    # The gradient of amax compares the input with the output.
    GlobalMaxPooling2D: Row(_global_max, result="kept"),
}
