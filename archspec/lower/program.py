"""A document as the program that a graph keeps."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from archspec.ir import Block, Parameter, Program
from archspec.spec.blocks import Block as BlockSpec
from archspec.spec.computed import tree_of
from archspec.spec.document import Document
from archspec.spec.inputs import InputSpec
from archspec.spec.params import Param


def program(document: Document) -> Program:
    """The whole document. The graph's origins refer to these declarations, which are the same for every variant."""
    return Program(
        document.name,
        _parameters(document.params),
        {name: _block(block, document) for name, block in document.blocks.items()},
        document.declarations.chain(document.layers),
        frozenset().union(*document.variants.values()),
        document.class_name,
        {name: _shape(spec) for name, spec in (document.inputs or {}).items()},
    )


def _shape(spec: InputSpec) -> ast.expr:
    tree = tree_of(spec.shape)
    return ast.List(tree.elts[1:], ast.Load()) if spec.batched and isinstance(tree, ast.List) else tree


def _block(block: BlockSpec, document: Document) -> Block:
    signature, layers = block.signature, document.declarations.chain(block.layers)
    return Block(signature.name, _parameters(signature.params), signature.inputs, layers)


def _parameters(params: Mapping[str, Param]) -> tuple[Parameter, ...]:
    return tuple(Parameter(param.name, None if param.required else tree_of(param.default)) for param in params.values())
