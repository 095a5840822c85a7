"""How a function and the module that it stands in speak of each other."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Protocol

from archspec.program.cases import Value
from archspec.program.model import Activation, Apply, Use
from archspec_tensorflow.emit.labels import Part


class Owner(Protocol):
    """What a function is told by the module that it stands in."""

    has_gaps: bool
    """Whether a network lacks a layer that positions count."""

    def say(self, tree: ast.expr, renamed: Mapping[str, str]) -> ast.expr:
        """An expression of the language as one of Python, with other names for some variables."""

    def use(self, use: Use, inputs: Sequence[ast.expr], label: ast.expr | None, renamed: Mapping[str, str]) -> ast.expr:
        """A call of a block's function."""

    def with_functions(self, name: str, tree: ast.expr) -> ast.expr:
        """What a variable is given: functions, if it chooses one."""

    def check(self, activation: Activation) -> None:
        """Raise `Unsayable` unless Keras knows the activations under the names that the language has for them."""

    def bears_name(self, item: Apply) -> bool:
        """Whether a layer, or one inside a block, is given a name."""

    def is_given(self, kind: str) -> bool:
        """Whether what Keras calls a layer that nobody named is the name of another."""

    def label(self, parts: Sequence[Part], item: Apply) -> ast.expr:
        """A layer's name."""

    def depth(self, item: Apply, value: Value) -> int:
        """How many layers lie before a value that a layer reads, in all cases together."""
