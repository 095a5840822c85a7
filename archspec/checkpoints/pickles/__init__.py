"""Reads pickles instruction by instruction, without importing or running the classes and functions that they name."""

from archspec.checkpoints.pickles.arrays import KINDS, PickledArray, array_of
from archspec.checkpoints.pickles.machine import Made, Name, PickleError
from archspec.checkpoints.pickles.unpickling import unpickle

__all__ = ["KINDS", "Made", "Name", "PickleError", "PickledArray", "array_of", "unpickle"]
