"""Analyses: facts about the nodes and values of a graph, for every backend.

A pass makes a graph from a graph; an analysis finds facts and changes nothing. It knows layers by their traits. What
differs between frameworks it takes from the backend, as functions of a layer. All analyses require a graph that
`archspec.passes.verify` accepts, and take linear time unless their docstring says otherwise.
"""

from archspec.analyses.activations import ActivationArguments, activation_arguments, separate_activations
from archspec.analyses.depths import depths
from archspec.analyses.feature_order import (
    Order,
    channels_first_flattens,
    feature_orders,
    same_in_both_orders,
    weight_order,
)
from archspec.analyses.in_place import Memory, OutputMemory, overwriting
from archspec.analyses.nonnegative import nonnegative_values
from archspec.analyses.positions import has_gaps
from archspec.analyses.sharing import applications, open_operations

__all__ = [
    "ActivationArguments",
    "Memory",
    "Order",
    "OutputMemory",
    "activation_arguments",
    "applications",
    "channels_first_flattens",
    "depths",
    "feature_orders",
    "has_gaps",
    "nonnegative_values",
    "open_operations",
    "overwriting",
    "same_in_both_orders",
    "separate_activations",
    "weight_order",
]
