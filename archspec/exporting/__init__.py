"""Exporting: files of other runtimes, compared with the compiled model before they are left in their place."""

from archspec.exporting.comparing import ExportedOutput, ExportReport
from archspec.exporting.folders import read_folder
from archspec.exporting.preparing import default_path
from archspec.exporting.quantized import QuantizedOutput, QuantizeReport
from archspec.exporting.quantizing import quantize
from archspec.exporting.targets import UnknownTargetError, check_quantizer, find_target, target_names
from archspec.exporting.writing import ExportError, export

__all__ = [
    "ExportError",
    "ExportReport",
    "ExportedOutput",
    "QuantizeReport",
    "QuantizedOutput",
    "UnknownTargetError",
    "check_quantizer",
    "default_path",
    "export",
    "find_target",
    "quantize",
    "read_folder",
    "target_names",
]
