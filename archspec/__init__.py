"""archspec: declare a network once, compile it to PyTorch and TensorFlow, and prove that both are the same."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.api import (
        convert_weights,
        layer_parity,
        parity,
        peer_parity,
        read_checkpoint,
        read_weights,
        training_parity,
    )
    from archspec.errors import (
        ArchspecError,
        BackendMissingError,
        Diagnostic,
        EmitError,
        OutOfMemoryError,
        ShapeError,
        SpecError,
    )
    from archspec.exporting import ExportError, ExportReport, QuantizeReport, export, quantize
    from archspec.importing import ModelError, import_model
    from archspec.ir import TensorType
    from archspec.network import Network, Parameters
    from archspec.reading import emit_family, load
    from archspec.recognition import find_networks
    from archspec.timing.calls import bench
    from archspec.training.calls import evaluate, predict, read_recipe, train
    from archspec.training.lockstep import recipe_parity
    from archspec.training.runs import RunError
    from archspec.weights import WeightsError
    from archspec.zoo import list_networks

__all__ = [
    "ArchspecError",
    "BackendMissingError",
    "Diagnostic",
    "EmitError",
    "ExportError",
    "ExportReport",
    "ModelError",
    "Network",
    "Optimized",
    "OutOfMemoryError",
    "Parameters",
    "QuantizeReport",
    "RunError",
    "ShapeError",
    "SpecError",
    "TensorType",
    "WeightsError",
    "bench",
    "convert_weights",
    "emit_family",
    "evaluate",
    "export",
    "find_networks",
    "import_model",
    "layer_parity",
    "list_networks",
    "load",
    "parity",
    "peer_parity",
    "predict",
    "quantize",
    "read_checkpoint",
    "read_recipe",
    "read_weights",
    "recipe_parity",
    "train",
    "training_parity",
]

_ROOMS = {
    "api": (
        "convert_weights",
        "layer_parity",
        "parity",
        "peer_parity",
        "read_checkpoint",
        "read_weights",
        "training_parity",
    ),
    "errors": (
        "ArchspecError",
        "BackendMissingError",
        "Diagnostic",
        "EmitError",
        "OutOfMemoryError",
        "ShapeError",
        "SpecError",
    ),
    "exporting": ("ExportError", "ExportReport", "QuantizeReport", "export", "quantize"),
    "importing": ("ModelError", "import_model"),
    "ir": ("TensorType",),
    "network": ("Network", "Optimized", "Parameters"),
    "reading": ("emit_family", "load"),
    "recognition": ("find_networks",),
    "timing.calls": ("bench",),
    "training.calls": ("evaluate", "predict", "read_recipe", "train"),
    "training.runs": ("RunError",),
    "training.lockstep": ("recipe_parity",),
    "weights": ("WeightsError",),
    "zoo": ("list_networks",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    # Lazy imports keep commands fast.
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
