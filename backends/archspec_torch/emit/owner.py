"""The interfaces between the writers of a module, of its classes and of their `forward` methods."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from archspec.program.model import Activation, Apply, Body, Loop, Use


class ModuleOwner(Protocol):
    """The module's answers to the writer of a class."""

    @property
    def optional(self) -> Mapping[str, ast.expr]:
        """The conditions of the network's outputs that only some variants have."""

    def say(self, tree: ast.expr) -> ast.expr:
        """Translate an expression of the language to Python."""

    def is_defined(self, name: str) -> bool:
        """Whether the module or the current definition defines this name."""

    def own_name(self, item: Apply) -> str:
        """PyTorch's name for an unnamed layer; raises `Unsayable` if it differs between cases."""

    def with_chosen(self, loop: Loop) -> Loop:
        """The loop with classes instead of their names in its columns."""

    def is_sequence(self, body: Body) -> bool:
        """Whether a body becomes an `nn.Sequential` in which unnamed layers with weights have their positions."""

    def activation(self, item: Apply, activation: Activation) -> ast.expr:
        """The call that makes an activation that an expression chooses."""

    def use(self, use: Use) -> ast.expr:
        """The call that makes a block."""

    def group(self, item: Apply, body: Body) -> ast.expr:
        """Write a class for a group that is no sequence; returns the call that makes it."""


class Branches(Protocol):
    """The modules of the branches of a condition."""

    def turn(self) -> None:
        """End a branch."""


class ClassOwner(Protocol):
    """The class's answers to the writer of its `forward`."""

    @property
    def optional(self) -> Mapping[str, ast.expr]:
        """The conditions of the network's outputs that only some variants have."""

    @property
    def has_modules(self) -> bool:
        """Whether the class has a module already."""

    def say(self, tree: ast.expr) -> ast.expr:
        """Translate an expression of the language to Python."""

    def is_taken(self, name: str) -> bool:
        """Whether a variable cannot have this name."""

    def own_name(self, item: Apply) -> str | None:
        """PyTorch's name for an unnamed layer with weights; raises `Unsayable` if it is a position."""

    def attribute(self, item: Apply, name: str | None) -> ast.expr:
        """The attribute for a layer's module; for an unnamed layer it is named after the class."""

    def optional_attribute(self, item: Apply, name: str, test: ast.expr) -> ast.expr:
        """The attribute for a layer's module, or for `nn.Identity` if the test is false."""

    def chosen_attribute(self, choice: tuple[Apply, Apply], name: str, test: ast.expr) -> ast.expr:
        """The attribute for one module if the test is true, and for another if it is false."""

    def assign_attribute(self, name: str, value: ast.expr) -> ast.expr:
        """The attribute with this value."""

    def made(self, name: str) -> ast.expr:
        """The attribute of this name, which has its value already."""

    def add_loop(self, loop: Loop, layer: Apply) -> None:
        """Make the modules of a loop."""

    def inside(self, test: ast.expr) -> AbstractContextManager[Branches]:
        """Make modules for a true test, and after `turn` others for a false one."""

    def kept(self, tree: ast.expr, hint: str) -> ast.expr:
        """The attribute that keeps the value of a test for `forward`; `hint` suggests its name."""
