"""Layers, and functions of layers, that emitted source carries where Keras has none.

A model with such a layer is loaded where its class is defined; one with a function of `keras.ops` anywhere.
"""

from __future__ import annotations

from pathlib import Path

from archspec.backend.helpers import read_helpers

HELPERS = read_helpers(Path(__file__).parent)
"""The source of each helper by its name, without imports. It may use `keras`, `layers` and `ops`."""
