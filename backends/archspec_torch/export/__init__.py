"""Exports PyTorch models: a module a target. Importing this one imports no PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archspec.backend.exporting import Target

TARGETS: Final[Mapping[str, Target]] = {
    "onnx": Target(".onnx", ("onnx", "onnxscript", "onnxruntime"), quantizer=()),
    "pt2": Target(".pt2"),
    "openvino": Target("", ("openvino",), quantizer=("nncf",)),
    "executorch": Target(".pte", ("executorch",), most=8, quantizer=()),
    "aotinductor": Target(".pt2"),
    "hub-folder": Target("", card="README.md"),
}
