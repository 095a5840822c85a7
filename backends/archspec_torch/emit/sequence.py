"""Chains of modules as `nn.Sequential`."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from archspec.expressions import same
from archspec.program import python as py
from archspec.program.calls import Call
from archspec.program.cases import Value
from archspec.program.heads import head_of
from archspec.program.language import Say
from archspec.program.model import Apply, Body, If, Item, Layer, Loop, Unsayable
from archspec.program.printing import one_per_line
from archspec.program.trees import changed, names_read, nodes_in
from archspec.program.walking import applied, bodies_of
from archspec_torch.emit.row import BareParameter

Make = Callable[[Apply, list[ast.stmt]], ast.expr]
"""Gives the expression that makes a layer's module, and adds the statements before it to the list."""

OwnName = Callable[[Apply], str]
"""Gives PyTorch's name for an unnamed layer."""

ORDERED: ast.expr = py.dotted("OrderedDict")


def is_chain(body: Body) -> bool:
    """Whether each layer of a body is a module that reads the one before it.

    Either all layers with weights have names or none has, because an unnamed layer beside named ones has a position for
    a name. No name is a dotted path.
    """
    if any("." in str(item.name.value) for item in applied(body) if isinstance(item.name, ast.Constant)):
        return False
    named = {item.name is not None for item in applied(body) if item.made.has_weights}
    return len(body.inputs) == 1 and bool(body.items) and len(named) <= 1 and _follows(body, body.inputs[0])


def has_names(body: Body) -> bool:
    """Whether the modules of a chain have names.

    Layers that a loop makes by position have none; then names of layers without weights are left out.
    """
    layers = list(applied(body))
    are_positions = any(item.name is None and item.made.has_weights for item in layers)
    return any(item.name is not None for item in layers) and not (are_positions and _has_loop(body))


def _has_loop(body: Body) -> bool:
    others = [item for item in body.items if not isinstance(item, Apply)]
    return any(isinstance(item, Loop) or any(map(_has_loop, bodies_of(item))) for item in others)


def are_attributes(body: Body) -> bool:
    """Whether all names are identifiers."""
    names = [item.name for item in applied(body) if item.name is not None]
    return all(isinstance(name, ast.Constant) and str(name.value).isidentifier() for name in names)


def _follows(body: Body, value: Value) -> bool:
    for item in body.items:
        reads = item.inputs if isinstance(item, Apply) else (item.source,)
        inside = item.body.inputs[0] if isinstance(item, Loop) else value
        fits = is_module(item) if isinstance(item, Apply) else all(_follows(each, inside) for each in bodies_of(item))
        if reads != (value,) or not fits:
            return False
        value = item.output
    return body.output is value


def is_module(item: Apply) -> bool:
    """Whether a layer is a module of its own."""
    if item.again is not None:
        return False
    if not isinstance(item.made, Layer):
        return True
    form = item.made.forms[0]
    return form is not None and isinstance(form.made, Call) and not isinstance(form.made, BareParameter)


def choice_of(item: Item) -> tuple[Apply, Apply] | None:
    """The two modules of a condition, which have the same name or none; None for other items."""
    bodies = bodies_of(item) if isinstance(item, If) else []
    layers = [each for body in bodies for each in body.items if isinstance(each, Apply)]
    if len(bodies) != 2 or len(layers) != 2 or any(len(body.items) != 1 for body in bodies):
        return None
    then, other = layers
    if then.inputs != other.inputs:
        return None
    one_name = then.name is other.name or (then.name and other.name and same(then.name, other.name))
    return (then, other) if one_name and is_module(then) and is_module(other) else None


class Chain:
    """Writes the arguments of an `nn.Sequential`, and the statements before it."""

    def __init__(
        self, make: Make, say: Say, own_name: OwnName, with_chosen: Callable[[Loop], Loop], variable: str
    ) -> None:
        self._make = make
        self._say = say
        self._own_name = own_name
        self._with_chosen = with_chosen
        self._variable = variable
        self._keys = Counter[str]()
        self._loops = 0

    def call(self, callee: ast.expr, body: Body, statements: list[ast.stmt]) -> ast.Call:
        """The call that makes the sequence."""
        named = has_names(body)
        if all(
            isinstance(item, Apply) or choice_of(item) or self._is_comprehension(item, named) for item in body.items
        ):
            return self._named(callee, body, statements) if named else self._plain(callee, body, statements)
        return self._collected(callee, body, statements)

    def _is_comprehension(self, item: Item, named: bool) -> bool:
        """Whether a comprehension can express a loop: an expression makes its layer, with a name in a named chain."""
        if not isinstance(item, Loop) or item.running or len(item.body.items) != 1:
            return False
        (layer,) = item.body.items
        before: list[ast.stmt] = []
        if not isinstance(layer, Apply) or (layer.name is None and named):
            return False
        self._make(layer, before)
        return not before

    def _plain(self, callee: ast.expr, body: Body, statements: list[ast.stmt]) -> ast.Call:
        parts = [self._part(item, statements) for item in body.items]
        call = py.call(callee, parts)
        return one_per_line(call) if len(parts) > 1 else call

    def _part(self, item: Item, statements: list[ast.stmt]) -> ast.expr:
        if not isinstance(item, Loop):
            return self._module(item, statements)
        module = self._make(_only(item), statements)
        head = head_of(self._with_chosen(_loop(item)), names_read([module]), self._say)
        return py.star(py.comprehension(module, head.target, head.iterable))

    def _module(self, item: Item, statements: list[ast.stmt]) -> ast.expr:
        """The expression that makes a layer's module, or one of two modules."""
        if isinstance(item, Apply):
            return self._make(item, statements)
        choice = choice_of(item)
        assert isinstance(item, If), "asked before"
        assert choice is not None, "asked before"
        then, other = [self._make(each, statements) for each in choice]
        return py.choice(self._say(item.test), then, other)

    def _named(self, callee: ast.expr, body: Body, statements: list[ast.stmt]) -> ast.Call:
        parts = [self._entry(item, statements) for item in body.items]
        words = [key.value if isinstance(key, ast.Constant) else "" for key, _ in parts]
        if all(str(word).isidentifier() for word in words):
            entries = py.call(ORDERED, (), {str(word): part for word, (_, part) in zip(words, parts, strict=True)})
            return py.call(callee, [one_per_line(entries) if len(parts) > 1 else entries])
        table = ast.Dict([key for key, _ in parts], [part for _, part in parts])
        return py.call(callee, [py.call(ORDERED, [one_per_line(table) if len(parts) > 1 else table])])

    def _entry(self, item: Item, statements: list[ast.stmt]) -> tuple[ast.expr | None, ast.expr]:
        module = self._make(_only(item), statements) if isinstance(item, Loop) else self._module(item, statements)
        name = self._key(_first_of(item), module)
        if not isinstance(item, Loop):
            return name, module
        head = head_of(self._with_chosen(_loop(item)), names_read([name, module]), self._say)
        target = py.assign(head.target, head.iterable).targets[0]
        return None, ast.DictComp(name, module, [ast.comprehension(target, head.iterable, [], 0)])

    def _key(self, layer: Apply, module: ast.expr) -> ast.expr:
        """The name of a module in its chain.

        An unnamed module without weights is named after its class, in a loop with the number of modules so far.
        """
        if layer.name is not None:
            return self._say(layer.name)
        if layer.made.has_weights:
            return ast.Constant(self._own_name(layer))
        word = word_of(module)
        if self._loops:
            return py.f_string([f"{word}_", py.call("len", [py.dotted(self._variable)])])
        self._keys[word] += 1
        return ast.Constant(word if self._keys[word] == 1 else f"{word}{self._keys[word]}")

    def _collected(self, callee: ast.expr, body: Body, statements: list[ast.stmt]) -> ast.Call:
        """The sequence of a list of modules, to which statements append."""
        named = has_names(body)
        items = list(body.items)
        first: list[ast.expr] = []
        while items and not named and (isinstance(items[0], Apply) or choice_of(items[0])):
            first.append(self._module(items.pop(0), statements))
        kind = "OrderedDict[str, nn.Module]" if named else "list[nn.Module]"
        start = py.call(ORDERED) if named else py.list_(first)
        statements.append(py.annotated(self._variable, ast.parse(kind, mode="eval").body, start))
        statements += self._added(items, named)
        return py.call(callee, [py.dotted(self._variable) if named else py.star(py.dotted(self._variable))])

    def _added(self, items: Sequence[Item], named: bool) -> list[ast.stmt]:
        statements: list[ast.stmt] = []
        for item in items:
            match item:
                case Loop():
                    self._loops += 1
                    iteration = self._added(item.body.items, named)
                    self._loops -= 1
                    statements += loop_of(self._with_chosen(item), iteration, self._say)
                case If() if choice_of(item) is None:
                    inside = [self._added(body.items, named) for body in bodies_of(item)]
                    statements.append(py.if_(self._say(item.test), *inside))
                case _:
                    module = self._module(item, statements)
                    if named:
                        target = py.subscript(py.dotted(self._variable), self._key(_first_of(item), module))
                        statements.append(py.assign(target, module))
                    else:
                        statements.append(py.statement(py.call(f"{self._variable}.append", [module])))
        return statements


def loop_of(loop: Loop, inside: list[ast.stmt], say: Say) -> list[ast.stmt]:
    """A loop in `__init__`, and the variable for the number of channels in it."""
    before: list[ast.stmt] = []
    if loop.running:
        before = _assigned(loop.running, say(loop.source.channels))
        inside = [*inside, *_assigned(loop.running, say(loop.body.output.channels))]
    head = head_of(loop, names_read(inside), say)
    return [*before, py.for_(head.target, head.iterable, inside)]


def with_channels(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements with `channels` for the variable of each loop that has one.

    Raises `Unsayable` if the variable of a loop is read after another loop has replaced it.
    """
    current = ""
    for node in _in_order(statements):
        if isinstance(node, ast.Name) and ":" in node.id:
            if isinstance(node.ctx, ast.Load) and node.id != current:
                raise Unsayable("the channels after a loop are read when another has begun")
            current = node.id

    def change(node: ast.AST) -> ast.AST | Sequence[ast.AST]:
        match node:
            case ast.Assign(targets=[ast.Name(id="channels")], value=ast.Name(id="channels")):
                return []
        return ast.Name("channels", node.ctx) if isinstance(node, ast.Name) and ":" in node.id else node

    renamed = ast.Module(list(statements), [])
    return cast("ast.Module", changed(renamed, change)).body


def _in_order(statements: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of statements in order of execution; loops count twice."""
    for statement in statements:
        match statement:
            case ast.For():
                yield from nodes_in([statement.iter])
                yield from _in_order([*statement.body, *statement.body])
            case ast.If():
                yield from nodes_in([statement.test])
                yield from _in_order([*statement.body, *statement.orelse])
            case ast.Assign():
                yield from nodes_in([statement.value, *statement.targets])
            case _:
                yield from nodes_in([statement])


def word_of(module: ast.expr) -> str:
    """The name for a module after its class: `max_pool` for `nn.MaxPool2d(2)`."""
    module = module.orelse if isinstance(module, ast.IfExp) else module
    callee = ast.unparse(module.func) if isinstance(module, ast.Call) else "layer"
    words = re.sub(r"\dd", "", callee.rpartition(".")[2])
    return re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", words).lower()


def _assigned(name: str, value: ast.expr) -> list[ast.stmt]:
    """The assignment of a value to a variable; none if it is the variable itself."""
    is_there = isinstance(value, ast.Name) and value.id == name
    return [] if is_there else [py.assign(name, value)]


def _first_of(item: Item) -> Apply:
    """The only layer of an item, or the first of two alternatives."""
    return item if isinstance(item, Apply) else next(applied(bodies_of(item)[0]))


def _only(item: Item) -> Apply:
    loop = _loop(item)
    layer = loop.body.items[0]
    assert isinstance(layer, Apply), "asked before"
    return layer


def _loop(item: Item) -> Loop:
    assert isinstance(item, Loop), "asked before"
    return item
