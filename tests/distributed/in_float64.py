"""Runs the program of a run in float64: `in_float64.py RUN [ARGUMENTS]`, with the arguments of train.py."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any


def _torch() -> None:
    """The program for PyTorch."""
    torch = importlib.import_module("torch")
    torch.set_default_dtype(torch.float64)
    program = importlib.import_module("train")
    to_tensor = program.to_tensor

    def in_float64(*arguments: Any) -> Any:
        tensor = to_tensor(*arguments)
        return tensor.double() if tensor.is_floating_point() else tensor

    program.to_tensor = in_float64
    program.main()


def _keras() -> None:
    """The program for Keras, which casts what layers and losses read."""
    importlib.import_module("keras").config.set_floatx("float64")
    importlib.import_module("train").main()


if __name__ == "__main__":
    run = Path(sys.argv.pop(1)).resolve()
    sys.path.insert(0, str(run))
    sys.argv[0] = str(run / "train.py")
    if (run / "model.weights.h5").exists():
        _keras()
    else:
        _torch()
