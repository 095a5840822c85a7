"""A definition as a function: statements that make layers and apply them."""

from __future__ import annotations

import ast
from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import chain, count

from archspec.expressions import simplify
from archspec.program import python as py
from archspec.program.calls import Call, Function
from archspec.program.cases import Value
from archspec.program.heads import Head, head_of
from archspec.program.language import with_tuples
from archspec.program.model import Activation, Apply, Body, Form, Group, If, Item, Layer, Loop, Unsayable, Use
from archspec.program.names import RESERVED, Names
from archspec.program.templates import template
from archspec.program.trees import names_read
from archspec.program.walking import applied, names_in
from archspec_tensorflow.emit.expressions import channels_of
from archspec_tensorflow.emit.labels import (
    COUNTER,
    Part,
    Scope,
    counting_column,
    needs_counter,
    size_of,
    without_idle_counting,
)
from archspec_tensorflow.emit.lifetimes import Lifetimes
from archspec_tensorflow.emit.names import FRESH
from archspec_tensorflow.emit.naming import automatic_name
from archspec_tensorflow.emit.operands import ordered_inputs
from archspec_tensorflow.emit.owner import Owner
from archspec_tensorflow.emit.sharing import Shared, input_of, shared_in


class FunctionWriter:
    """Writes the statements of one function.

    `inputs` are the variables for its inputs, `outputs` its output values, and `taken` the names that no variable may
    have. `prefix` is the beginning of its layers' names. The network's function `keeps_inputs` to the end.
    """

    def __init__(
        self,
        owner: Owner,
        body: Body,
        inputs: Sequence[str],
        outputs: Sequence[Value],
        taken: frozenset[str],
        prefix: tuple[Part, ...],
        *,
        keeps_inputs: bool = False,
    ) -> None:
        self._owner = owner
        self._body = body
        several = shared_in(body, Names({*FRESH, *taken, *inputs}), is_network=not prefix)
        self._shared = {item: shared for shared in several.values() for item in shared.applications}
        self._taken = taken.union(*[(shared.variable, *shared.inputs) for shared in several.values()])
        models = {item for item, shared in self._shared.items() if shared.is_model}
        self._lifetimes = Lifetimes(body, outputs, models, body.inputs if keeps_inputs else ())
        self._variables: dict[Value, str] = dict(zip(body.inputs, inputs, strict=True))
        self._needed = dict(self._variables)
        self._wanted: dict[Value, str] = {}
        self._scope = Scope(prefix, owner.has_gaps)
        self._statements: list[ast.stmt] = []
        self._renamed: dict[str, str] = {}
        self._loops: list[str] = []
        self._counts = False
        self._sizes: list[tuple[list[ast.stmt], int, str, str]] = []

    def statements(self) -> list[ast.stmt]:
        """The statements for all values of the body."""
        self._place(self._body.items)
        for statements, index, name, variable in reversed(self._sizes):
            if name in names_read(statements[index:]):
                statements.insert(index, _size(name, variable))
        return without_idle_counting(self._statements)

    def variable(self, value: Value) -> str:
        """The variable of a value; raises `Unsayable` if there is none."""
        found = self._variables.get(self._lifetimes.one(value))
        if found is None:
            raise Unsayable("a value from outside a function")
        return found

    def _say(self, tree: ast.expr) -> ast.expr:
        return self._owner.say(tree, self._renamed)

    # Values

    def _read(self, value: Value) -> ast.expr:
        return py.dotted(self.variable(value))

    def _name(self, value: Value, inputs: Sequence[Value]) -> str:
        """The variable for a layer's value: the author's name if it is read later, or the variable of a dead input.

        The last value in a condition or loop has the variable of its result.
        """
        value = self._lifetimes.one(value)
        live = self._live(value)
        ending = [self.variable(each) for each in inputs if not self._lifetimes.is_needed(each, value)]
        wanted = [self._wanted[value]] if value in self._wanted else []
        return self._free([*self._own_name(value), *wanted, *[name for name in ending if name in FRESH]], live)

    def _live(self, value: Value) -> set[str]:
        """The variables that are read after a value is made. What is not read then is never read again."""
        self._needed = {each: name for each, name in self._needed.items() if self._lifetimes.is_needed(each, value)}
        return set(self._needed.values())

    def _hold(self, value: Value, name: str) -> None:
        """Note that a variable holds a value."""
        value = self._lifetimes.one(value)
        self._variables[value] = self._needed[value] = name

    def _name_changed(self, item: If | Loop) -> str:
        """The variable that a condition or loop updates: its input's variable, unless that is needed later."""
        source = self.variable(item.source)
        if not self._lifetimes.is_needed(item.source, item.output) and source in FRESH:
            return source
        others = self._needed.items()
        live = {name for other, name in others if self._lifetimes.is_needed_inside(other, item)}
        return self._free(self._own_name(item.output), live)

    def _own_name(self, value: Value) -> list[str]:
        """The author's name for a value that a later layer than the next one reads."""
        is_name = value.hint.isidentifier() and value.hint not in {*RESERVED, COUNTER}
        return [value.hint] if value in self._lifetimes.named and is_name else []

    def _free(self, choices: Sequence[str], live: Set[str]) -> str:
        numbered = (f"x{number}" for number in count(1))
        for name in chain(choices, FRESH, numbered):
            if name not in live and name not in self._taken and name not in self._loops:
                return name
        raise AssertionError("there are more numbers than names")

    def _assign(self, target: str, tree: ast.expr) -> None:
        if not _is_name(tree, target):
            self._statements.append(py.assign(target, tree))

    # Layers

    def _place(self, items: Sequence[Item]) -> None:
        """Write the layers of a function or group."""
        counts = needs_counter(items, self._owner.bears_name)
        if counts and (self._counts or COUNTER in self._taken):
            raise Unsayable("two counters of positions")
        self._counts = self._counts or counts
        for item in items:
            if counts and not self._scope.counting and size_of([item]) is None:
                self._statements.append(py.assign(COUNTER, ast.Constant(self._scope.position)))
                self._scope.counting, self._scope.position = True, 0
            self._write(item)
        if counts:
            self._counts = False

    def _write(self, item: Item) -> None:
        match item:
            case Apply(made=Group(body=body)) if item not in self._shared:
                self._group(item, body)
                self._scope.advance(item)
            case Apply():
                self._apply(item)
                self._scope.advance(item)
            case If():
                self._if(item)
            case Loop():
                self._loop(item)

    def _group(self, item: Apply, body: Body) -> None:
        """Write the layers of a group inline, under its name."""
        outer = self._scope
        named = any(map(self._owner.bears_name, applied(body)))
        self._scope = Scope(outer.label(item, self._say) if named else (), outer.has_gaps)
        self._place(body.items)
        self._scope = outer
        if body.output in body.inputs:
            self._hold(item.output, self.variable(body.output))

    def _apply(self, item: Apply) -> None:
        inputs = ordered_inputs(item, self._owner.depth)
        parts = self._scope.label(item, self._say) if self._owner.bears_name(item) else ()
        target = self._name(item.output, inputs)
        operands = [self._read(value) for value in inputs]
        match item.made:
            case Use() | Group() if item in self._shared:
                model = self._model(item, self._shared[item], parts)
                self._assign(target, py.call(model, [operands[0] if len(operands) == 1 else py.list_(operands)]))
            case Layer() as layer:
                self._steps(item, layer, operands, parts, target)
            case Use() as use:
                label = self._owner.label(parts, item) if parts else None
                self._assign(target, self._owner.use(use, operands, label, self._renamed))
            case Activation() as activation:
                self._owner.check(activation)
                chosen = self._say(activation.choice)
                named = {"name": self._owner.label(parts, item)} if parts else {}
                self._assign(target, py.call(py.call("layers.Activation", [chosen], named), operands))
        self._hold(item.output, target)

    def _model(self, item: Apply, shared: Shared, parts: tuple[Part, ...]) -> ast.expr:
        """The variable of a model for layers that are applied several times; the first application makes it."""
        if item.again is None:
            for index, name in enumerate(shared.inputs):
                self._assign(name, input_of(shared, index, self.variable(item.inputs[index])))
            inputs = list(map(py.dotted, shared.inputs))
            label = self._owner.label(parts, item) if parts else None
            if isinstance(item.made, Use):
                output = self._owner.use(item.made, inputs, label, self._renamed)
            else:
                assert isinstance(item.made, Group), "no other is a model"
                output = self._inside(item, item.made.body, shared.inputs, parts)
            given = inputs[0] if len(inputs) == 1 else py.list_(inputs)
            named = {} if label is None else {"name": label}
            self._assign(shared.variable, py.call("keras.Model", [given, output], named))
        return py.dotted(shared.variable)

    def _inside(self, item: Apply, body: Body, inputs: Sequence[str], parts: tuple[Part, ...]) -> ast.expr:
        """Write the layers of a model and return its output. They have variables that nothing here needs."""
        # The model is called with its own inputs after its layers are made.
        taken = self._taken.union(self._needed.values(), map(self.variable, item.inputs)).difference(inputs)
        writer = FunctionWriter(self._owner, body, inputs, [body.output], taken, parts)
        writer._renamed, writer._loops = self._renamed, list(self._loops)
        self._statements += writer.statements()
        return py.dotted(writer.variable(body.output))

    def _steps(
        self, item: Apply, layer: Layer, operands: Sequence[ast.expr], parts: tuple[Part, ...], target: str
    ) -> None:
        """The steps of a layer. The last step that is a layer has its name, unless the name is automatic.

        Another step, such as padding, only has a name if Keras's automatic name could equal one of the spec.
        """
        forms = [form for form in layer.forms if form is not None]
        last = max([index for index, form in enumerate(forms) if isinstance(form.made, Call)], default=-1)
        between = target if target in FRESH or len(forms) == 1 else self._free([], self._live(item.output))
        for index, form in enumerate(forms):
            label = None
            if isinstance(form.made, Call):
                kind = automatic_name(form.made.callee)
                if self._owner.is_given(kind) or (index == last and (item.name is not None or layer.has_weights)):
                    label = self._owner.label(parts if index == last else (*parts, f".{kind}"), item)
            tree = self._step(form, operands, label, item if index == last else None)
            name = between if index + 1 < len(forms) else target
            if form.when is None:
                self._assign(name, tree)
            else:
                self._assign(name, operands[0])
                self._statements.append(py.if_(self._say(form.when), [py.assign(name, tree)]))
            operands = [py.dotted(name)]

    def _step(self, form: Form, operands: Sequence[ast.expr], label: ast.expr | None, item: Apply | None) -> ast.expr:
        """A step applied to its inputs, with the name of an item's layer."""
        made = form.made
        said = [(argument, self._say(with_tuples(tree))) for argument, tree in form.arguments]
        positional = [tree for argument, tree in said if argument.positional]
        keywords = {argument.name: tree for argument, tree in said if not argument.positional}
        if isinstance(made, Function):
            text = made.template if form.arguments else made.template.replace(", {arguments}", "")
            return template(text, operands, positional, keywords)
        if label is not None:
            keywords["name"] = label
        given = operands[0] if len(operands) == 1 else py.list_(operands)
        return py.call(self._layer(item, py.call(made.callee, positional, keywords)), [given])

    def _layer(self, item: Apply | None, made: ast.expr) -> ast.expr:
        """A layer made in place, or the variable of one that is applied several times."""
        if item is None or item not in self._shared:
            return made
        variable = self._shared[item].variable
        if item.again is None:
            self._assign(variable, made)
        return py.dotted(variable)

    # Conditions and loops

    def _inner(self, body: Body, name: str) -> list[ast.stmt]:
        """The statements of a condition or loop, with the result in the variable of this name.

        If positions are counted, the counter is increased by the number of the items' positions.
        """
        outer, self._statements = self._statements, []
        scope, position = self._scope, self._scope.position
        self._wanted[self._lifetimes.one(body.output)] = name
        for item in body.items:
            self._write(item)
        last = self.variable(body.output)
        final = self._statements[-1] if self._statements else None
        if last != name and isinstance(final, ast.Assign) and _is_name(final.targets[0], last):
            self._statements[-1] = py.assign(name, final.value)
        else:
            self._assign(name, py.dotted(last))
        if scope.counting and scope.lost:
            raise Unsayable("a layer that takes more positions in some cases")
        if scope.counting and scope.position != position:
            more = ast.Constant(scope.position - position)
            self._statements.append(ast.AugAssign(ast.Name(COUNTER, ast.Store()), ast.Add(), more))
            scope.position = position
        inside, self._statements = self._statements, outer
        return inside

    def _if(self, item: If) -> None:
        name = self._name_changed(item)
        before = len(self._statements)
        if item.otherwise is None:
            self._assign(name, self._read(item.source))
        copied = len(self._statements) > before
        scope, position = self._scope, self._scope.position
        inside = self._inner(item.body, name)
        scope.position = position
        otherwise = self._inner(item.otherwise, name) if item.otherwise is not None else []
        if not scope.counting:
            scope.position = position + (size_of([item]) or 0)
        self._hold(item.output, name)
        test = self._say(item.test)
        previous = self._statements[-1] if self._statements else None
        if not copied and isinstance(previous, ast.If) and ast.dump(previous.test) == ast.dump(test):
            previous.body += inside
            previous.orelse += otherwise
        elif not inside:
            raise Unsayable("nothing is written in a condition")
        else:
            self._statements.append(py.if_(test, inside, otherwise))

    def _loop(self, item: Loop) -> None:
        name = self._name_changed(item)
        self._assign(name, self._read(item.source))
        self._hold(item.body.inputs[0], name)
        scope = self._scope
        turn, position, renamed, loops = scope.turn, scope.position, self._renamed, len(self._loops)
        self._renamed = {**renamed, **{column: f"{column}_" for column in item.columns if column in self._taken}}
        index, start = self._index(item)
        inside = self._inner(item.body, name)
        if item.running and item.running in names_read(inside):
            inside.insert(0, _size(item.running, name))
        head = self._header(item, names_read(inside), index, start)
        self._renamed = renamed
        del self._loops[loops:]
        if not scope.counting:
            scope.turn, scope.position = turn, position + (size_of([item]) or 0)
        self._statements.append(py.for_(head.target, head.iterable, inside))
        self._hold(item.output, name)
        if item.running:
            self._sizes.append((self._statements, len(self._statements), item.running, name))

    def _index(self, item: Loop) -> tuple[str, int]:
        """The variable that counts iterations, and its first value; positions are computed from it."""
        layers = [each for each in applied(item.body) if each.name is None and each.at is None]
        counts = not self._scope.counting and any(map(self._owner.bears_name, layers))
        if not (counts or item.counter in names_in(item.body)):
            return "", item.start
        scope = self._scope
        size = size_of(item.body.items) or 0
        if counts and item.columns and size == 1 and scope.turn is None:
            first = scope.position
            index = counting_column(item, first)
            index = self._renamed.get(index, index) if index else self._counter("i")
            scope.turn, scope.position = py.dotted(index), 0
            return index, first
        index = self._counter(item.counter or "i")
        if counts:
            iteration = ast.BinOp(py.dotted(index), ast.Sub(), ast.Constant(item.start))
            base = ast.BinOp(scope.turn or ast.Constant(0), ast.Add(), ast.Constant(scope.position))
            more = ast.BinOp(ast.Constant(size), ast.Mult(), iteration)
            scope.turn, scope.position = simplify(ast.BinOp(more, ast.Add(), base)), 0
        return index, item.start

    def _counter(self, wanted: str) -> str:
        """A variable that no enclosing loop uses."""
        for name in (wanted, "j", "k"):
            if name not in self._loops and name not in self._taken:
                if name != wanted:
                    self._renamed = {**self._renamed, wanted: name}
                self._loops.append(name)
                return name
        raise Unsayable("too many loops inside each other")

    def _header(self, item: Loop, used: Set[str], index: str, start: int) -> Head:
        """The head of a loop; positions may be counted beside its columns."""
        if not item.columns:
            return head_of(replace(item, counter=index), used, self._say)
        chosen = {name: self._owner.with_functions(name, tree) for name, tree in item.columns.items()}
        columns = {self._renamed.get(name, name): tree for name, tree in chosen.items()}
        if index and index not in columns:
            length = py.call("len", [next(iter(columns.values()))])
            end = ast.BinOp(length, ast.Add(), ast.Constant(start))
            columns[index] = py.call("range", [ast.Constant(start), end] if start else [length])
        return head_of(replace(item, columns=columns), used, self._say)


def _size(name: str, variable: str) -> ast.stmt:
    """The statement that assigns a value's number of channels."""
    return py.assign(name, channels_of(variable))


def _is_name(tree: ast.expr, name: str) -> bool:
    return isinstance(tree, ast.Name) and tree.id == name
