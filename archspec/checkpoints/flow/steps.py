"""A flow: the steps of a network in a form that does not depend on how they are written."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.ir import Essence, Shape


@dataclass(frozen=True, slots=True)
class Step:
    """A layer that does something: `inputs` are the steps that it reads.

    `owner` is the layer that owns its weights, with the `shapes`; empty without weights. `commutes` says that the order
    of the inputs does not matter.
    """

    name: str
    essence: Essence
    inputs: tuple[int, ...]
    owner: str = ""
    shapes: tuple[Shape, ...] = ()
    commutes: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps in an order of execution; `inputs` and `outputs` are indices of steps.

    `idle` are the owners of weights on which no output depends.
    """

    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    idle: frozenset[str] = frozenset()


INPUT = "Input"
"""The kind of a step that is an input."""
