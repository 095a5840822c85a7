"""Canonical weights: their names, initial values and files."""

from archspec.weights.draw import draw
from archspec.weights.files import WeightsError, check, load, save
from archspec.weights.names import canonical_name, weight_shapes
from archspec.weights.statistics import randomised

__all__ = ["WeightsError", "canonical_name", "check", "draw", "load", "randomised", "save", "weight_shapes"]
