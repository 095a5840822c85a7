"""ONNX, by `torch.onnx`; run by ONNX Runtime."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import nn
from typing_extensions import override

from archspec.backend import Arrays
from archspec.backend.exporting import Run
from archspec.errors import ArchspecError
from archspec.ir import Axes, Graph
from archspec_torch.export.layouts import canonical, channels_first, native
from archspec_torch.export.program import exported_program

_LARGEST = 2**31 - 1
"""The largest number of bytes of an ONNX file, which is a message of Protocol Buffers."""

_IMAGE = 3
"""The axes of an image."""


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Write one file with the weights in it; raises `ArchspecError` for a model that is too large for that."""
    size = sum(weight.nbytes for weight in model.state_dict().values())
    if size > _LARGEST:
        raise ArchspecError(f"an ONNX file holds 2 GB, and the weights of {graph.name} take {size / 1e9:.1f} GB")
    program = torch.onnx.export(
        exported_program(graph, model),
        input_names=list(graph.inputs),
        output_names=list(graph.outputs),
        dynamic_shapes=tuple(_axis_names(graph)),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    assert program is not None
    program.save(path)


def quantize(graph: Graph, model: nn.Module, path: Path, calibration: Sequence[Arrays]) -> None:
    """Write a file of int8, by ONNX Runtime's `quantize_static`, with a scale for each channel of the weights."""
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = Path(folder, "plain.onnx"), Path(folder, "prepared.onnx")
        export(graph, model, plain)
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            path,
            _Reader(calibration),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
        )


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Gives the examples to the quantiser, one after the other."""

    def __init__(self, calibration: Sequence[Arrays]) -> None:
        self._remaining = iter(calibration)

    @override
    def get_next(self) -> dict[str, Any] | None:
        inputs = next(self._remaining, None)
        return None if inputs is None else native(inputs)


def opened(graph: Graph, path: Path, threads: int | None) -> Run:
    """ONNX Runtime's run of the file on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0 for its own number
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = list(graph.outputs)
    return lambda inputs: canonical(dict(zip(names, session.run(names, native(inputs)), strict=True)))


def _axis_names(graph: Graph) -> Iterator[dict[int, str]]:
    """The names of each input's axes of any length, by their places: `batch`, and `image_height` of the input `image`.

    All inputs have the batch of the first, which names it.
    """
    for index, (name, kind) in enumerate(graph.inputs.items()):
        axes: Axes = kind.axes
        words = ("height", "width", "channels") if len(axes) == _IMAGE else tuple(map(str, range(len(axes))))
        named = [None if axis is not None else f"{name}_{word}" for axis, word in zip(axes, words, strict=True)]
        places = enumerate(channels_first((None if index else "batch", *named)))
        yield {place: word for place, word in places if word is not None}
