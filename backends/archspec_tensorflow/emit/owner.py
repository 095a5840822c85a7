"""The interface between the writer of a function and the writer of its module."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Protocol

from archspec.program.cases import Value
from archspec.program.model import Activation, Apply, Use
from archspec_tensorflow.emit.labels import Part


class Owner(Protocol):
    """The module's answers to the writer of a function."""

    has_gaps: bool
    """Whether a network lacks a layer that the author's positions count."""

    def say(self, tree: ast.expr, renamed: Mapping[str, str]) -> ast.expr:
        """Translate an expression of the language to Python, with other names for some variables."""

    def use(self, use: Use, inputs: Sequence[ast.expr], label: ast.expr | None, renamed: Mapping[str, str]) -> ast.expr:
        """A call of a block's function."""

    def with_functions(self, name: str, tree: ast.expr) -> ast.expr:
        """The value for a variable, with functions instead of their names in the document."""

    def check(self, activation: Activation) -> None:
        """Raise `Unsayable` unless Keras has the activations under the language's names."""

    def bears_name(self, item: Apply) -> bool:
        """Whether a layer, or a layer inside a block, gets a name."""

    def is_given(self, kind: str) -> bool:
        """Whether Keras's automatic name for an unnamed layer is the name of another layer."""

    def label(self, parts: Sequence[Part], item: Apply) -> ast.expr:
        """A layer's name."""

    def depth(self, item: Apply, value: Value) -> int:
        """The number of layers before a value that a layer reads, summed over all cases."""
