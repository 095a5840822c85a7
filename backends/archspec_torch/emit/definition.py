"""A definition as a class: `__init__` makes its modules, `forward` applies them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, count

from archspec.expressions import names_of, same, simplify
from archspec.program import python as py
from archspec.program.calls import Call
from archspec.program.cases import Value
from archspec.program.language import with_tuples
from archspec.program.model import Activation, Apply, Body, Form, Group, Layer, Loop, Slice, Unsayable, Use
from archspec.program.names import RESERVED
from archspec.program.trees import names_read
from archspec.program.walking import applied
from archspec_torch.emit.application import Forward
from archspec_torch.emit.attributes import Attributes, holders
from archspec_torch.emit.fusing import FusedLayer
from archspec_torch.emit.names import ATTRIBUTES, WORDS
from archspec_torch.emit.owner import ModuleOwner
from archspec_torch.emit.sequence import Chain, loop_of, word_of

SUPER: ast.expr = ast.Attribute(ast.Call(ast.Name("super", ast.Load()), [], []), "__init__", ast.Load())


_LOOP = ""
"""The key for the modules of a loop among the attributes."""


class Branches:
    """The modules of the branches of a condition; both branches may use one name."""

    def __init__(self, owner: ClassWriter, attributes: set[str]) -> None:
        self._owner = owner
        self._before = attributes
        self.attributes: set[str] = set()
        self.made: list[list[ast.stmt]] = []

    def turn(self) -> None:
        """End a branch."""
        made, names = self._owner.end_branch(self._before)
        self.made.append(made)
        self.attributes |= names


class ClassWriter:
    """Writes one class. `local` are variables of `__init__`; `module` knows the other classes."""

    def __init__(self, module: ModuleOwner, local: Mapping[str, ast.expr]) -> None:
        self._module = module
        self._local = local
        self._made: list[ast.stmt] = []
        self._attributes: set[str] = set()
        self._places = Attributes()
        self._kept: dict[str, ast.expr] = {}
        self._lists: set[str] = set()
        self._given = frozenset[str]()
        self._groups: list[str] = []

    def say(self, tree: ast.expr) -> ast.expr:
        """Translate an expression of the language to Python."""
        return self._module.say(tree)

    def is_taken(self, name: str) -> bool:
        """Whether a variable cannot have this name."""
        return name in WORDS or name in RESERVED or self._module.is_defined(name)

    # Classes

    def sequential(self, body: Body, last: Sequence[ast.stmt] = ()) -> list[ast.stmt]:
        """The `__init__` of a class that is an `nn.Sequential`."""
        statements: list[ast.stmt] = []
        call = self._chain().call(SUPER, body, statements)
        statements.append(py.statement(call))
        return [*self._variables([*statements]), *statements, *last]

    def module(
        self, body: Body, inputs: Sequence[str], outputs: Mapping[str, Value], last: Sequence[ast.stmt] = ()
    ) -> tuple[list[ast.stmt], ast.FunctionDef]:
        """The `__init__` of an `nn.Module`, and its `forward`."""
        self._given = frozenset(str(item.name.value) for item in applied(body) if isinstance(item.name, ast.Constant))
        statements = Forward(self, body, inputs, outputs).statements()
        kept = [py.assign(f"self.{name}", self.say(self._local_or(name, tree))) for name, tree in self._kept.items()]
        variables = self._variables(self._made)
        made: list[ast.stmt] = [py.statement(py.call(SUPER)), *variables, *kept, *self._made, *last]
        kinds = {"dict[str, Tensor]" if number > 1 else "Tensor" for number in _numbers(outputs, self.optional)}
        returns = " | ".join(sorted(kinds))
        parameters = [py.Parameter("self"), *[py.Parameter(name, py.dotted("Tensor")) for name in inputs]]
        return made, py.function("forward", parameters, ast.parse(returns, mode="eval").body, statements)

    def _variables(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The assignments of variables that the statements or the values of attributes read."""
        read = set(names_read(statements)).union(*map(names_of, self._local.values()))
        own = {name for name, tree in self._kept.items() if isinstance(tree, ast.Name)}
        wanted = [name for name in self._local if name in read or name not in own]
        return [py.assign(name, self.say(self._local[name])) for name in wanted]

    def _local_or(self, name: str, tree: ast.expr) -> ast.expr:
        """The value of an attribute: its variable's value if no other code reads the variable."""
        read = set(names_read(self._made)).union(*map(names_of, self._local.values()))
        is_own = isinstance(tree, ast.Name) and tree.id == name and name in self._local
        return self._local[name] if is_own and name not in read else tree

    @property
    def optional(self) -> Mapping[str, ast.expr]:
        """The conditions of the network's outputs that only some variants have."""
        return self._module.optional

    # Modules

    @property
    def has_modules(self) -> bool:
        """Whether the class has a module already."""
        return bool(self._attributes)

    def make(self, item: Apply, statements: list[ast.stmt]) -> ast.expr:
        """The expression that makes a layer's module."""
        match item.made:
            case Layer(forms=(Form(made=Call() as made, arguments=arguments), *_)):
                said = [(argument, self.say(with_tuples(tree))) for argument, tree in arguments]
                positional = [tree for argument, tree in said if argument.positional]
                keywords = {argument.name: tree for argument, tree in said if not argument.positional}
                if isinstance(item.made, FusedLayer) and item.made.activation is not None:
                    keywords["activation"] = self._activation(item.made.activation, item.made.test, statements)
                return py.call(made.callee, positional, keywords)
            case Activation() as activation:
                return self._module.activation(item, activation)
            case Use() as use:
                return self._module.use(use)
            case Group(body=body) | Slice(body=body):
                is_sequence = self._module.is_sequence(body)
                return self._sequence(item, body, statements) if is_sequence else self._module.group(item, body)
        raise Unsayable("PyTorch has no module for a layer")

    def _activation(self, item: Apply, test: ast.expr | None, statements: list[ast.stmt]) -> ast.expr:
        """The activation of a fused layer, None for a false test."""
        made = self.make(item, statements)
        return made if test is None else py.choice(self.say(test), made, ast.Constant(None))

    def _sequence(self, item: Apply, body: Body, statements: list[ast.stmt]) -> ast.expr:
        """The expression that makes a group as an `nn.Sequential`."""
        self._groups.append(str(item.name.value) if isinstance(item.name, ast.Constant) else "")
        made = self._chain().call(py.dotted("nn.Sequential"), body, statements)
        self._groups.pop()
        return made

    def _chain(self) -> Chain:
        """A writer for a sequence. Its list of modules is named after it if another is called `layers` already.

        Nested sequences may have equal names, so they are named after the sequences around them too.
        """
        name = self._groups[-1] if self._groups else ""
        if len(self._groups) > 1 and name in self._lists:
            name = "_".join(self._groups)
        variable = name if "layers" in self._lists and name.isidentifier() and not self.is_taken(name) else "layers"
        self._lists.add(variable)
        return Chain(self.make, self.say, self._module.own_name, self._module.with_chosen, variable)

    def own_name(self, item: Apply) -> str | None:
        """PyTorch's name for an unnamed layer with weights; raises `Unsayable` if it is a position."""
        name = self._module.own_name(item) if item.name is None and item.made.has_weights else None
        if name is not None and name.isdigit():
            raise Unsayable("a layer that has a position in a sequence")
        return name

    def attribute(self, item: Apply, name: str | None) -> ast.expr:
        """The attribute for a layer's module; for an unnamed layer it is named after the class."""
        module = self.make(item, self._made)
        name = name or self._free(word_of(module))
        target = self.assign_attribute(name, module)
        if isinstance(item.made, Group | Slice) and self._module.is_sequence(item.made.body):
            self._places.add_list(name, len(item.made.body.items))
        return target

    def _free(self, word: str) -> str:
        """A free name for an attribute."""
        names = chain([word], (f"{word}{number}" for number in count(2)))
        return next(name for name in names if name not in self._attributes and name not in self._given)

    def optional_attribute(self, item: Apply, name: str, test: ast.expr) -> ast.expr:
        """The attribute for a layer's module, or for `nn.Identity` if the test is false."""
        module = py.choice(self.say(test), self.make(item, self._made), py.call("nn.Identity"))
        return self.assign_attribute(name, module)

    def chosen_attribute(self, choice: tuple[Apply, Apply], name: str, test: ast.expr) -> ast.expr:
        """The attribute for one module if the test is true, and for another if it is false."""
        then, other = [self.make(each, self._made) for each in choice]
        return self.assign_attribute(name, py.choice(self.say(test), then, other))

    def assign_attribute(self, name: str, value: ast.expr) -> ast.expr:
        """The attribute with this value."""
        if name in self._attributes or name in self._kept:
            raise Unsayable(f"two attributes are called {name}")
        if name in ATTRIBUTES:
            raise Unsayable(f"PyTorch's modules have {name} already")
        if _LOOP in self._attributes:
            raise Unsayable("a module beside those of a loop, which `forward` goes through")
        for holder, part in holders(name):
            if holder not in self._attributes:
                self._attributes.add(holder)
                self._made.append(self._places.holder(holder, part))
        self._attributes.add(name)
        self._made.append(self._places.assigned(name, value))
        return self._places.read(name)

    def made(self, name: str) -> ast.expr:
        """The attribute of this name, which has its value already."""
        return self._places.read(name)

    def add_loop(self, loop: Loop, layer: Apply) -> None:
        """Make the modules of a loop."""
        assert layer.name is not None, "asked before"
        inside: list[ast.stmt] = []
        module = self.make(layer, inside)
        inside.append(py.statement(py.call("self.add_module", [self.say(layer.name), module])))
        self._made += loop_of(self._module.with_chosen(loop), inside, self.say)
        self._attributes.add(_LOOP)

    # Conditions

    @contextmanager
    def inside(self, test: ast.expr) -> Iterator[Branches]:
        """Make modules for a true test, and after `turn` others for a false one."""
        outer, attributes = self._made, set(self._attributes)
        branches = Branches(self, attributes)
        self._made = []
        yield branches
        branches.turn()
        then, otherwise = branches.made[:2]
        self._made = outer
        self._attributes |= branches.attributes
        if then:
            self._made.append(py.if_(self.say(test), then, otherwise))
        elif otherwise:
            opposite = simplify(ast.UnaryOp(ast.Not(), test))
            self._made.append(py.if_(self.say(opposite), otherwise))

    def end_branch(self, attributes: set[str]) -> tuple[list[ast.stmt], set[str]]:
        """The modules of a branch, and their names; the next branch begins with these attributes."""
        made, own = self._made, self._attributes
        self._made, self._attributes = [], set(attributes)
        return made, own

    def kept(self, tree: ast.expr, hint: str) -> ast.expr:
        """The attribute that keeps the value of a test for `forward`; `hint` suggests its name."""
        if not names_of(tree):
            return self.say(tree)
        known = next((name for name, other in self._kept.items() if same(other, tree)), None)
        word = tree.id if isinstance(tree, ast.Name) else hint
        words = chain([word, f"is_{word}", f"has_{word}"], (f"{word}{number}" for number in count(2)))
        taken = {*self._kept, *self._attributes, *self._given, *ATTRIBUTES}
        name = known or next(each for each in words if each not in taken)
        self._kept[name] = tree
        return py.dotted(f"self.{name}")


def _numbers(outputs: Mapping[str, Value], optional: Mapping[str, ast.expr]) -> set[int]:
    """How many outputs there may be."""
    return {len(outputs), len(outputs.keys() - optional.keys())}
