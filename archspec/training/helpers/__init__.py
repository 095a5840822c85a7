"""Functions that an emitted `data.py` carries where its recipe needs them, with the imports of theirs that are needed."""

from __future__ import annotations

from pathlib import Path

from archspec.backend.helpers import read_helpers

HELPERS = read_helpers(Path(__file__).parent)
"""The source of each helper by its name."""
