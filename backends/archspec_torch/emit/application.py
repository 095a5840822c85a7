"""Writes `forward`, and the modules that it applies into `__init__`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import chain, count, pairwise

from archspec.expressions import names_of
from archspec.program import python as py
from archspec.program.calls import Call, Function
from archspec.program.cases import Value
from archspec.program.lifetimes import Lifetimes
from archspec.program.model import Activation, Apply, Body, Form, Group, If, Item, Layer, Loop, Slice, Unsayable, Use
from archspec.program.names import snake
from archspec.program.templates import template
from archspec.program.trees import names_read
from archspec.program.walking import applied, bodies_of
from archspec_torch.emit.chunks import chunks
from archspec_torch.emit.owner import ClassOwner
from archspec_torch.emit.row import BareParameter
from archspec_torch.emit.sequence import choice_of, is_module, word_of

FRESH = ("x", "y", "z", "u", "v", "w")

DEEPEST = 3
"""The deepest nesting of calls in a line, of which at most one is more than elementwise work."""


class Forward:
    """Writes the `forward` of one class. `outputs` are the network's outputs by name; other classes have one output."""

    def __init__(self, owner: ClassOwner, body: Body, inputs: Sequence[str], outputs: Mapping[str, Value]) -> None:
        self._owner = owner
        self._body = body
        self._outputs = outputs
        self._lifetimes = Lifetimes(body, outputs.values())
        self._variables: dict[Value, str] = dict(zip(body.inputs, inputs, strict=True))
        self._needed = dict(self._variables)
        self._wanted: dict[Value, str] = {}
        self._expressions: dict[Value, ast.expr] = {}
        self._heavy: set[Value] = set()
        self._named: set[Value] = set()
        self._statements: list[ast.stmt] = []
        self._optional = {outputs[name]: test for name, test in owner.optional.items() if name in outputs}
        self._last: list[ast.stmt] = []

    def statements(self) -> list[ast.stmt]:
        """The statements, the last of which returns the outputs."""
        self._write(self._body)
        entries = {name: self._read(value) for name, value in self._outputs.items()}
        if self._optional:
            test = self._owner.kept(next(iter(self._optional.values())), "is_applied")
            self._statements.append(py.if_(test, _returning(self._last, entries)))
            others = [name for name, value in self._outputs.items() if value in self._optional]
            entries = {name: tree for name, tree in entries.items() if name not in others}
        if len(entries) > 1:
            return _returning(self._statements, entries)
        result = next(iter(entries.values())) if entries else self._read(self._result)
        return [*self._statements, py.return_(result)]

    @property
    def _result(self) -> Value:
        return next(iter(self._outputs.values()), self._body.output)

    def _write(self, body: Body) -> None:
        split: set[Item] = set()
        for position, item in enumerate(body.items):
            following = body.items[position + 1] if position + 1 < len(body.items) else None
            parts = [] if item in split else chunks(body.items[position:])
            if parts:
                self._split(parts)
                split |= {part for part, _ in parts}
            if item in split:
                continue
            match item:
                case Apply():
                    self._apply(item, following, body)
                case If():
                    self._if(item)
                case Loop():
                    self._loop(item)

    # Values

    def _read(self, value: Value) -> ast.expr:
        if value in self._expressions:
            return self._expressions.pop(value)
        if value not in self._variables:
            raise Unsayable("a class reads a value from outside")
        return py.dotted(self._variables[value])

    def _give(self, value: Value, tree: ast.expr, inputs: Sequence[Value]) -> None:
        self._assign(self._hold(value, self._name(value, inputs)), tree)
        # What is not read from now on is never read again.
        self._needed = {each: name for each, name in self._needed.items() if self._lifetimes.is_live_after(each, value)}

    def _hold(self, value: Value, name: str) -> str:
        """Note that a variable of this name holds a value."""
        self._variables[value] = self._needed[value] = name
        return name

    def _assign(self, name: str, tree: ast.expr) -> None:
        if not (isinstance(tree, ast.Name) and tree.id == name):
            self._statements.append(py.assign(name, tree))

    def _name(self, value: Value, inputs: Sequence[Value]) -> str:
        """The variable of a value: the author's name if a layer refers to it, or the variable of a dead value."""
        if value in self._wanted:
            return self._wanted[value]
        live = {name for other, name in self._needed.items() if self._lifetimes.is_live_after(other, value)}
        is_part = value in self._named and self._lifetimes.is_branch(value)
        is_output = len(self._outputs) > 1 and value in self._outputs.values()
        own = [value.hint] if value.hint.isidentifier() and (value.referenced or is_part or is_output) else []
        read = [self._variables[each] for each in inputs if each in self._variables]
        ending = [name for name in read if name not in live and name in FRESH]
        numbered = (f"x{number}" for number in count(1))
        for name in chain(own, ending, FRESH, numbered):
            if name not in live and not self._owner.is_taken(name):
                return name
        raise AssertionError("there are more numbers than names")

    # Layers

    def _apply(self, item: Apply, following: Item | None, body: Body) -> None:
        tree = self._applied(item)
        value = item.output
        last = following is None and value is (self._result if body is self._body else body.output)
        joins = isinstance(following, Apply) and following.inputs == (value,) and _reads_well_around(following)
        heavy = not is_light(item) or not self._heavy.isdisjoint(item.inputs)
        short = isinstance(tree, ast.Call | ast.BinOp) and _depth(tree) < DEEPEST and (not heavy or is_light(following))
        if heavy:
            self._heavy.add(value)
        if self._lifetimes.reads(value) == 1 and not value.referenced and (last or (joins and short)):
            self._expressions[value] = tree
        else:
            self._heavy.discard(value)
            self._named |= {value} if isinstance(item.made, Use | Group) else set()
            self._give(value, tree, item.inputs)

    def _applied(self, item: Apply) -> ast.expr:
        """The expression that applies a layer to its inputs."""
        made, name = item.made, self._attribute_name(item.again or item) or self._owner.own_name(item.again or item)
        parameter = _bare_parameter(item)
        if parameter is not None and name is not None:
            return self._weighted(item, parameter, name)
        function = made.forms[1] if isinstance(made, Layer) and len(made.forms) > 1 else None
        if function is not None and (name is None or not is_module(item.again or item)) and not _reads_names(function):
            return function_of(function, [self._read(value) for value in item.inputs], self._owner)
        is_there = name is not None and (item.again is not None or (isinstance(made, Slice) and made.start > 0))
        target = self._owner.made(name) if name is not None and is_there else self._owner.attribute(item, name)
        if isinstance(made, Slice):
            target = py.subscript(target, _bounds(made))
        return py.call(target, [self._read(value) for value in item.inputs])

    @staticmethod
    def _attribute_name(item: Apply) -> str | None:
        if item.name is None:
            return None
        if not isinstance(item.name, ast.Constant):
            raise Unsayable("a name that no attribute has")
        return str(item.name.value)

    def _weighted(self, item: Apply, form: Form, name: str) -> ast.expr:
        made = form.made
        assert isinstance(made, BareParameter), "asked before"
        if item.again is None:
            first = template(made.callee, (), [self._owner.say(tree) for _, tree in form.arguments])
            weight = self._owner.assign_attribute(name, py.call("nn.Parameter", [first]))
        else:
            weight = self._owner.made(name)
        return template(made.applied, [self._read(item.inputs[0]), weight])

    def _split(self, parts: Sequence[tuple[Apply, Function]]) -> None:
        """Assign all parts of a value in one statement."""
        (first, function), *_ = parts
        whole = template(function.template.removesuffix("[0]"), [self._read(first.inputs[0])])
        names: list[ast.expr] = []
        for item, _ in parts:
            name = self._name(item.output, () if names else item.inputs)
            names.append(py.dotted(self._hold(item.output, name)))
        self._statements.append(py.assign(py.tuple_(names), whole))

    # Conditions

    def _if(self, item: If) -> None:
        if item.output in self._optional:
            self._return_also(item)
            return
        layer = item.body.items[0] if len(item.body.items) == 1 else None
        if isinstance(layer, Apply) and self._may_be_identity(item, layer):
            name = self._attribute_name(layer)
            assert name is not None, "asked before"
            target = self._owner.optional_attribute(layer, name, item.test)
            item.output.hint, item.output.referenced = name, item.output.referenced or layer.output.referenced
            self._named |= {item.output} if isinstance(layer.made, Use | Group) else set()
            self._give(item.output, py.call(target, [self._read(item.source)]), (item.source,))
            return
        choice = choice_of(item)
        if choice is not None and choice[0].name is not None:
            self._one_of_two(item, choice)
            return
        source = self._read(item.source)
        if not isinstance(source, ast.Name):
            raise Unsayable("a condition on a value without a name")
        item.output.hint = item.output.hint or item.body.output.hint
        item.output.referenced = item.output.referenced or item.body.output.referenced
        name = self._name(item.output, (item.source,))
        self._wanted |= {inner.output: name for inner in bodies_of(item)}
        outer = self._statements
        with self._owner.inside(item.test) as modules:
            inside, result = self._branch(item.body)
            modules.turn()
            other, instead = ([], source) if item.otherwise is None else self._branch(item.otherwise)
        self._statements = outer
        test = self._owner.kept(item.test, _hint(item.body))
        self._hold(item.output, name)
        if not inside and not other:
            self._expression_or_line(item, name, py.choice(test, result, instead))
            return
        if item.otherwise is None:
            self._assign(name, source)
        self._statements.append(py.if_(test, _ending(inside, name, result), _ending(other, name, instead)))

    def _return_also(self, item: If) -> None:
        """Write an output that only some cases return: its layers are applied at the end."""
        outer = self._statements
        with self._owner.inside(item.test) as modules:
            inside, self._expressions[item.output] = self._branch(item.body)
            modules.turn()
        self._statements = outer
        self._last += inside

    def _one_of_two(self, item: If, choice: tuple[Apply, Apply]) -> None:
        """The attribute for one of two modules."""
        name = self._attribute_name(choice[0])
        assert name is not None, "asked before"
        target = self._owner.chosen_attribute(choice, name, item.test)
        item.output.hint = item.output.hint or name
        item.output.referenced = item.output.referenced or choice[0].output.referenced
        self._give(item.output, py.call(target, [self._read(value) for value in choice[0].inputs]), choice[0].inputs)

    def _branch(self, body: Body) -> tuple[list[ast.stmt], ast.expr]:
        """The statements of a condition's body, and the expression of its output."""
        self._statements = []
        self._write(body)
        return self._statements, self._read(body.output)

    def _expression_or_line(self, item: If, name: str, tree: ast.expr) -> None:
        if item.output is self._result and item is self._body.items[-1] and len(self._outputs) <= 1:
            self._expressions[item.output] = tree
        else:
            self._assign(name, tree)

    def _may_be_identity(self, item: If, layer: Apply) -> bool:
        """Whether a module that is an `nn.Identity` for a false test expresses a condition."""
        return (
            layer.name is not None
            and item.otherwise is None
            and layer.inputs == (item.source,)
            and is_module(layer)
            and not isinstance(layer.made, Activation)
            and item.body.output is layer.output
            and self._lifetimes.reads(layer.output) == 1
        )

    # Loops

    def _loop(self, item: Loop) -> None:
        """Write a loop that makes all modules of a class, over which `forward` iterates."""
        layer, *merges = applied(item.body)
        says_all = len(merges) + 1 == len(item.body.items) and not self._owner.has_modules
        if not says_all or layer.name is None or layer.inputs != item.body.inputs:
            raise Unsayable("a loop in forward")
        if any(later.inputs != (merge.output,) for merge, later in pairwise(merges)):
            raise Unsayable("a loop in forward of which one variable cannot have all values")
        self._owner.add_loop(item, layer)
        name = self._hold(item.output, self._name(item.output, (item.source,)))
        self._assign(name, self._read(item.source))
        self._hold(item.body.inputs[0], name)
        self._expressions[layer.output] = py.call("layer", [py.dotted(name)])
        outer, self._statements = self._statements, []
        for merge in merges:
            function = merge.made.forms[-1] if isinstance(merge.made, Layer) else None
            if function is None or not isinstance(function.made, Function):
                raise Unsayable("a loop in forward")
            tree = function_of(function, [self._read(value) for value in merge.inputs], self._owner)
            self._hold(merge.output, name)
            self._assign(name, tree)
        self._assign(name, self._read(item.body.output))
        inside, self._statements = self._statements, outer
        self._statements.append(py.for_("layer", py.call("self.children"), inside))


def _bounds(made: Slice) -> ast.expr:
    """The bounds of a slice, without those that are the sequence's own."""
    lower = ast.Constant(made.start) if made.start else None
    upper = ast.Constant(made.stop) if made.stop < len(made.body.items) else None
    return ast.Slice(lower, upper)


def _returning(statements: Sequence[ast.stmt], outputs: Mapping[str, ast.expr]) -> list[ast.stmt]:
    """The statements and the return of the outputs, with the last assignments inlined into the return.

    The order of layers is kept, because random layers depend on it.
    """
    left, entries = list(statements), dict(outputs)
    for name, tree in reversed(list(outputs.items())):
        others = [other for word, other in entries.items() if word != name]
        match left[-1:]:
            case [ast.Assign(targets=[ast.Name(id=made)], value=value)] if made not in names_read(others):
                if not (isinstance(tree, ast.Name) and tree.id == made):
                    break
                entries[name] = value
                left.pop()
            case _:
                break
    return [*left, py.return_(py.dict_(entries))]


def _ending(statements: list[ast.stmt], name: str, result: ast.expr) -> list[ast.stmt]:
    """The statements of a condition's body, which end with its variable's assignment."""
    is_there = isinstance(result, ast.Name) and result.id == name
    return statements if is_there else [*statements, py.assign(name, result)]


def _hint(body: Body) -> str:
    """A name for the condition of a body, after its first layer."""
    layer = next(iter(applied(body)), None)
    match layer and layer.made:
        case Layer(forms=(Form(made=Call(callee=callee)), *_)):
            return f"has_{word_of(py.call(callee))}"
        case Use() as use:
            return f"has_{snake(use.definition.name)}"
    return "is_applied"


def function_of(form: Form, operands: Sequence[ast.expr], owner: ClassOwner) -> ast.expr:
    """A function applied to its operands."""
    made = form.made
    assert isinstance(made, Function), "the second form is a function"
    text = made.template if form.arguments else made.template.replace(", {arguments}", "")
    positional = [owner.say(tree) for argument, tree in form.arguments if argument.positional]
    keywords = {argument.name: owner.say(tree) for argument, tree in form.arguments if not argument.positional}
    return template(text, operands, positional, keywords)


def _bare_parameter(item: Apply) -> Form | None:
    form = item.made.forms[0] if isinstance(item.made, Layer) else None
    return form if form is not None and isinstance(form.made, BareParameter) else None


def _reads_names(form: Form) -> bool:
    """Whether the arguments have expressions of names that only `__init__` has."""
    return any(names_of(tree) for _, tree in form.arguments)


def _reads_well_around(item: Apply) -> bool:
    """Whether a layer is applied by a call, which can contain any expression."""
    if _bare_parameter(item) is not None:
        return False
    form = item.made.forms[1] if isinstance(item.made, Layer) and len(item.made.forms) > 1 else None
    if form is None or not isinstance(form.made, Function) or (item.name is not None and is_module(item)):
        return True
    return not form.made.template.startswith("{0}")


def is_light(item: Item | None) -> bool:
    """Whether a layer is elementwise work on one value, which is readable in the line of another layer."""
    if not isinstance(item, Apply):
        return False
    made = item.made
    return isinstance(made, Activation) or (isinstance(made, Layer) and all(each.light for each in made.operations))


def _depth(tree: ast.expr) -> int:
    """The number of nested calls along the first argument."""
    depth = 0
    while isinstance(tree, ast.Call):
        depth += 1
        tree = tree.args[0] if tree.args else ast.Constant(None)
    return depth
