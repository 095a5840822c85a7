"""Parity: whether a network is the same function in two frameworks."""

from archspec.parity.compare import OutputParity, ParityReport, compare, random_inputs, relative_error

__all__ = ["OutputParity", "ParityReport", "compare", "random_inputs", "relative_error"]
