"""What an emitted module says, for any framework: definitions, and bodies that apply layers to values."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from archspec.ir import Block, Graph, Operation, Origin
from archspec.program.calls import Argument, Call, Function
from archspec.program.cases import Case, Value
from archspec.program.cases import Unsayable as Unsayable


@dataclass(frozen=True, eq=False)
class Form:
    """One of the ways to write a layer, or one of its steps: a row's call or function, and the arguments written.

    A step is left out unless `when` holds.
    """

    made: Call | Function
    arguments: tuple[tuple[Argument, ast.expr], ...]
    when: ast.expr | None = None


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of the framework. `forms` are the backend's, in its order; None where a form says too much."""

    forms: tuple[Form | None, ...]
    operations: tuple[Operation, ...]

    @property
    def has_weights(self) -> bool:
        """Whether it owns weights."""
        return bool(self.operations[0].weights)


@dataclass(frozen=True, eq=False)
class Activation:
    """An activation that an expression chooses by its name; `operations` are by name."""

    choice: ast.expr
    operations: Mapping[str, Operation]
    has_weights = False


@dataclass(frozen=True, eq=False)
class Use:
    """A use of a block: the definitions that `choice` chooses from by name, or the only one."""

    definitions: Mapping[str, Definition]
    arguments: Mapping[str, ast.expr]
    channels: tuple[ast.expr, ...]
    choice: ast.expr | None = None
    has_weights = True

    @property
    def definition(self) -> Definition:
        """One of the definitions: their signatures are equal."""
        return next(iter(self.definitions.values()))


@dataclass(frozen=True, eq=False)
class Group:
    """Layers under one name: a named composite, or the copies of a named layer."""

    body: Body
    has_weights = True


Made = Layer | Activation | Use | Group


@dataclass(frozen=True, eq=False)
class Apply:
    """A layer made and applied. Without a `name` it has its position, `at` where that is the same in each case.

    `size` is how many positions it takes: the layers that it takes as arguments have some too. It is None if that
    depends on the case. One that is applied `again` was made for that application. `paths` are those of the graph's
    node or scope in each case.
    """

    made: Made
    inputs: tuple[Value, ...]
    output: Value
    name: ast.expr | None
    at: int | None = None
    size: int | None = 1
    again: Apply | None = None
    paths: Mapping[Case, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class If:
    """A body for where a test is true. Without another for where it is false, the output is the `source` there."""

    test: ast.expr
    body: Body
    source: Value
    output: Value
    otherwise: Body | None = None


@dataclass(frozen=True, eq=False)
class Loop:
    """A body over and over: each iteration's input is the output of the one before.

    `columns` are what is different in each iteration, by the names of the variables. `counter` is a variable that
    counts from `start`, to `count` where there are no columns. With `running`, a variable of this
    name holds the number of channels.
    """

    columns: Mapping[str, ast.expr]
    counter: str
    start: int
    count: ast.expr | None
    body: Body
    source: Value
    output: Value
    running: str = ""


Item = Apply | If | Loop


@dataclass(eq=False)
class Body:
    """What a definition, a group, an `if` or a loop says. It ends with its output."""

    inputs: tuple[Value, ...]
    items: list[Item]
    output: Value


@dataclass(eq=False)
class Definition:
    """What a block of the document becomes: a class or a function of its params. The network is one too.

    `channels` are the names of its inputs' numbers of channels, `inputs` the author's names for the inputs if there are
    several. `extras` are parameters beside the author's, with their values in each use. `parameters` are all that the
    body needs, in order, of which `literals` have a default; `defaults` are the expressions of params that a use need
    not give. `local` are variables. `lifted` are params of the document, and `varied` those that a network's variants
    set. `results` are the graph's values that the uses
    give.
    """

    name: str
    block: Block | None
    channels: tuple[str, ...]
    body: Body
    extras: dict[str, dict[Origin | Graph, object]]
    parameters: list[str] = field(default_factory=list)
    inputs: tuple[str, ...] = ()
    results: dict[Origin, str] = field(default_factory=dict)
    defaults: dict[str, ast.expr] = field(default_factory=dict)
    literals: dict[str, ast.expr] = field(default_factory=dict)
    varied: frozenset[str] = frozenset()
    local: dict[str, ast.expr] = field(default_factory=dict)
    lifted: tuple[str, ...] = ()
    values: dict[str, tuple[object, ...]] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    result_channels: ast.expr = field(default_factory=lambda: ast.Constant(0))

    def values_of(self, name: str) -> tuple[object, ...]:
        """The values that a parameter has in all uses."""
        return (*self.values.get(name, ()), *self.extras.get(name, {}).values())


@dataclass(frozen=True, eq=False)
class Module:
    """A whole module: definitions, each before its users, the network, and its outputs by name.

    `inputs` are the inputs' shapes, for a target that must be told them.
    """

    definitions: tuple[Definition, ...]
    network: Definition
    outputs: Mapping[str, Value]
    inputs: Mapping[str, ast.expr] = field(default_factory=dict)
