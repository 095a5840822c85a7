"""What the author declared: the document's params, blocks and layers, with their expressions as trees.

A graph keeps these declarations beside its values, so that code generation can write the author's own blocks, params
and expressions. Expressions are Python's syntax trees: a literal is an `ast.Constant`, `$filters` an `ast.Name`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from archspec.ir.values import Value


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """One layer as the document lists it; it can have many copies, or none.

    `kind` is the name of the layer type, composite or block, or the expression that chooses it. `columns` are those of
    `for`, by name, or the list of `rows`, each with its values by column. `each` lists the values that the layer is
    applied to. `children` are the lists of layers inside a composite by their keys: one list under `layers`, `shortcut`
    and `merge`, any number under `branches`.
    """

    kind: str | ast.expr
    name: ast.expr | None = None
    inputs: ast.expr | None = None
    when: ast.expr | None = None
    columns: ast.expr | None = None
    repeat: ast.expr | None = None
    each: ast.expr | None = None
    attributes: Mapping[str, ast.expr] = field(default_factory=dict)
    children: Mapping[str, tuple[tuple[Declaration, ...], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A param of the document or of a block; one without a default must be given."""

    name: str
    default: ast.expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block of the document. `inputs` are its names for the values that it reads, none for a single value."""

    name: str
    parameters: tuple[Parameter, ...]
    inputs: tuple[str, ...]
    layers: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A whole document, with all of its variants. `varied` are the params that variants set.

    `class_name` is how the document writes the name of the network's class; it is empty where it does not. `inputs` are
    the shapes of its inputs, without the batch, channels last.
    """

    name: str
    parameters: tuple[Parameter, ...]
    blocks: Mapping[str, Block]
    layers: tuple[Declaration, ...]
    varied: frozenset[str] = frozenset()
    class_name: str = ""
    inputs: Mapping[str, ast.expr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """One copy of a declared layer, or one use of a copy with `each`: the origin of a node or a scope.

    `names` are the values of all names that the copy's expressions can read: params, columns, `i`. `inputs` are the
    values that the copy reads. `parent` is the copy of the composite or block around it; None outside of all. `row` is
    the number of its row of `for`, from 0. `use` is the word for the value that a use with `each` reads; one that is
    `further` is not the first, so it shares the weights of another, and has no position.
    """

    declaration: Declaration
    names: Mapping[str, object]
    inputs: tuple[Value, ...]
    parent: Origin | None = None
    row: int = 0
    use: str = ""
    further: bool = False

    def around(self) -> Iterator[Origin]:
        """This copy and the copies around it, from the inside out."""
        origin: Origin | None = self
        while origin is not None:
            yield origin
            origin = origin.parent
