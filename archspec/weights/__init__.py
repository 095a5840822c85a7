"""Canonical weights: their names, initial values and files."""

from archspec.weights.draw import draw, draw_one
from archspec.weights.files import WeightsError, check, load, require_none, save
from archspec.weights.names import canonical_name, weight_shapes
from archspec.weights.native import ListedLayer, NativeLayout, NativeWeight, Unmoved, canonical_layout
from archspec.weights.statistics import randomised
from archspec.weights.stored import FLOATING, Bits, Stored, StoredWeights

__all__ = [
    "FLOATING",
    "Bits",
    "ListedLayer",
    "NativeLayout",
    "NativeWeight",
    "Stored",
    "StoredWeights",
    "Unmoved",
    "WeightsError",
    "canonical_layout",
    "canonical_name",
    "check",
    "draw",
    "draw_one",
    "load",
    "randomised",
    "require_none",
    "save",
    "weight_shapes",
]
