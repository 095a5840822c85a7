"""The intermediate representation: typed values, layers, and the tree of scopes that wires them."""

from archspec.ir.declared import Block, Declaration, Origin, Parameter, Program
from archspec.ir.essence import Essence, essence
from archspec.ir.graph import Graph, Operation, Place
from archspec.ir.interfaces import Interface
from archspec.ir.layer import (
    Channelwise,
    CompositeLayer,
    Elementwise,
    FeatureOrder,
    Gives,
    Kernel,
    Layer,
    LayerBase,
    Normalisation,
    Role,
    WeightSpec,
)
from archspec.ir.moments import Moments
from archspec.ir.results import LOGITS, results
from archspec.ir.third_parties import Sign, TheirNetwork, ThirdParty
from archspec.ir.tree import Node, Scope, walk
from archspec.ir.types import Axes, Shape, TensorType, are_known, axis_text, shown
from archspec.ir.values import Input, Result, Value

__all__ = [
    "LOGITS",
    "Axes",
    "Block",
    "Channelwise",
    "CompositeLayer",
    "Declaration",
    "Elementwise",
    "Essence",
    "FeatureOrder",
    "Gives",
    "Graph",
    "Input",
    "Interface",
    "Kernel",
    "Layer",
    "LayerBase",
    "Moments",
    "Node",
    "Normalisation",
    "Operation",
    "Origin",
    "Parameter",
    "Place",
    "Program",
    "Result",
    "Role",
    "Scope",
    "Shape",
    "Sign",
    "TensorType",
    "TheirNetwork",
    "ThirdParty",
    "Value",
    "WeightSpec",
    "are_known",
    "axis_text",
    "essence",
    "results",
    "shown",
    "walk",
]
