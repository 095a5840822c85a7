"""The intermediate representation: typed values, layers, and the tree of scopes that wires them."""

from archspec.ir.graph import Graph, Node, Place, Scope, Value, walk
from archspec.ir.layer import CompositeLayer, Layer, LayerBase, WeightSpec
from archspec.ir.types import Shape, TensorType

__all__ = [
    "CompositeLayer",
    "Graph",
    "Layer",
    "LayerBase",
    "Node",
    "Place",
    "Scope",
    "Shape",
    "TensorType",
    "Value",
    "WeightSpec",
    "walk",
]
