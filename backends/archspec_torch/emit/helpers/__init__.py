"""Classes and functions that emitted source carries where torch has no module or function for a layer."""

from __future__ import annotations

from pathlib import Path

from archspec.backend.helpers import read_helpers

HELPERS = read_helpers(Path(__file__).parent)
"""The source of each helper by its name, without imports. It may use `torch`, `nn`, `F`, `Tensor` and other helpers."""
