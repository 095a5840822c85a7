"""Exporting: files of other runtimes, compared with the compiled model before they are left in their place."""

from archspec.exporting.comparing import ExportedOutput, ExportReport
from archspec.exporting.folders import read_folder
from archspec.exporting.targets import UnknownTargetError, find_target, target_names
from archspec.exporting.writing import ExportError, default_path, export

__all__ = [
    "ExportError",
    "ExportReport",
    "ExportedOutput",
    "UnknownTargetError",
    "default_path",
    "export",
    "find_target",
    "read_folder",
    "target_names",
]
