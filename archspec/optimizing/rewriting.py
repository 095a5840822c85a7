"""The result of a pass of the optimiser: a graph, the rules for its weights, and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archspec.ir import Graph

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[np.float64]"


class Rule(NamedTuple):
    """How a weight follows from weights of the graph before the pass: `compute` takes the arrays of `reads`, float64.

    It is a pure function of NumPy arrays, so one optimised network can take any weights of the original.
    """

    reads: tuple[str, ...]
    compute: Callable[..., Array]


class Note(NamedTuple):
    """A change to one layer, for the report: the pass, the layer's path before the pass, and the change in words."""

    step: str
    path: str
    change: str


@dataclass(frozen=True)
class Rewriting:
    """The result of a pass. `graph` is the same object if the pass found nothing.

    `rules` are by canonical names. `renamed` has the name before the pass of a weight with the same values. Other
    weights have the same name and values as before.
    """

    graph: Graph
    rules: Mapping[str, Rule] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
