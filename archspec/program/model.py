"""The model of an emitted module for any framework: definitions, and bodies that apply layers to values."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from archspec.ir import Block, Graph, Operation, Origin
from archspec.ir import Value as GraphValue
from archspec.program.calls import Argument, Call, Function
from archspec.program.cases import Case, Value
from archspec.program.cases import Unsayable as Unsayable


@dataclass(frozen=True, eq=False)
class Form:
    """A form of a layer, or one of its steps: a row's call or function, and the written arguments.

    A step with `when` is conditional.
    """

    made: Call | Function
    arguments: tuple[tuple[Argument, ast.expr], ...]
    when: ast.expr | None = None


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of the framework. `forms` are the backend's, in its order; None for a form that does not fit."""

    forms: tuple[Form | None, ...]
    operations: tuple[Operation, ...]

    @property
    def has_weights(self) -> bool:
        """Whether it owns weights."""
        return bool(self.operations[0].weights)


@dataclass(frozen=True, eq=False)
class Activation:
    """An activation that an expression chooses by name; `operations` are the possible ones by name."""

    choice: ast.expr
    operations: Mapping[str, Operation]
    has_weights = False


@dataclass(frozen=True, eq=False)
class Use:
    """A use of a block: the only definition, or the definitions by name that `choice` selects from."""

    definitions: Mapping[str, Definition]
    arguments: Mapping[str, ast.expr]
    channels: tuple[ast.expr, ...]
    choice: ast.expr | None = None
    has_weights = True

    @property
    def definition(self) -> Definition:
        """One of the definitions; they have equal signatures."""
        return next(iter(self.definitions.values()))


@dataclass(frozen=True, eq=False)
class Group:
    """Layers under a common name: a named composite, or the copies of a named layer."""

    body: Body
    has_weights = True


@dataclass(frozen=True, eq=False)
class Slice:
    """Consecutive layers of a group whose inner values are read: those from `start` to before `stop`."""

    body: Body
    start: int
    stop: int
    has_weights = True


Made = Layer | Activation | Use | Group | Slice


@dataclass(frozen=True, eq=False)
class Apply:
    """A layer that is made and applied. The name of an unnamed one is its position, `at` if it is equal in all cases.

    `size` is the number of its positions, with those of layers that are its arguments; None if it depends on the case.
    `again` is the application that made the layer, for a further application. `paths` are the paths of the graph's node
    or scope in each case.
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
    """A body for a true test, and optionally one for a false test. Without it, the output is then the `source`."""

    test: ast.expr
    body: Body
    source: Value
    output: Value
    otherwise: Body | None = None


@dataclass(frozen=True, eq=False)
class Loop:
    """A repeated body: the input of an iteration is the output of the one before.

    `columns` are the lists of values by the names of the loop's variables. `counter` is a variable that counts from
    `start`; without columns it counts to `count`. With `running`, a variable of this name has the number of channels.
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
    """The items of a definition, a group, an `if` or a loop, with the inputs and the output."""

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
    results: dict[Origin, GraphValue] = field(default_factory=dict)
    defaults: dict[str, ast.expr] = field(default_factory=dict)
    literals: dict[str, ast.expr] = field(default_factory=dict)
    varied: frozenset[str] = frozenset()
    local: dict[str, ast.expr] = field(default_factory=dict)
    lifted: tuple[str, ...] = ()
    values: dict[str, tuple[object, ...]] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    result_channels: ast.expr = field(default_factory=lambda: ast.Constant(0))

    @property
    def in_order(self) -> list[str]:
        """The parameters, those without a default first."""
        return sorted(self.parameters, key=lambda name: name in self.literals)

    def values_of(self, name: str) -> tuple[object, ...]:
        """The values of a parameter in all uses."""
        return (*self.values.get(name, ()), *self.extras.get(name, {}).values())


@dataclass(frozen=True, eq=False)
class Module:
    """A whole module: definitions, each before its users, the network, and its outputs by name.

    `inputs` are the shapes of the inputs, for a target that needs them. `optional` has the condition of each output
    that only some variants have, which is the same for all of them.
    """

    definitions: tuple[Definition, ...]
    network: Definition
    outputs: Mapping[str, Value]
    inputs: Mapping[str, ast.expr] = field(default_factory=dict)
    optional: Mapping[str, ast.expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give a value without a name of its own the name of the output that it is, if there are several."""
        for name, value in self.outputs.items() if len(self.outputs) > 1 else ():
            if not value.hint.isidentifier():
                value.hint = name
