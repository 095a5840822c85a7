"""Finds an expression with the right value in every case."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from archspec.expressions import NoValue, constant, evaluate, evaluate_each, names_of, simplify, value_of
from archspec.expressions.tree import NOT_CONSTANT
from archspec.program import python as py
from archspec.program.calls import Made
from archspec.program.cases import Case
from archspec.program.model import Unsayable

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "stride": ("strides", "pool_size", "kernel_size"),
    "bias": ("use_bias",),
    "dilation": ("dilation_rate",),
    "eps": ("epsilon",),
    "kernel_size": ("kernel_size", "pool_size"),
    "pool_size": ("pool_size", "kernel_size"),
    "out_channels": ("filters",),
    "out_features": ("units",),
    "p": ("rate",),
    "shape": ("target_shape",),
}
"""The language's attributes for arguments that a framework names differently."""

INPUT_SIZES = frozenset({"fan_in", "in_channels", "num_features", "in_features", "normalized_shape", "num_channels"})
"""Arguments for the number of input channels."""

NO_ACTIVATION = "linear"
"""The word for no activation; None is another."""

CLOSE = 1e-13
"""The largest relative difference between a number and an expression's rounded value."""

OUTPUT_SIZES = frozenset({"out_channels", "out_features"})


def equal(left: object, right: object) -> bool:
    """Whether two values of an argument are equivalent: two equal numbers, or four for all sides, equal the number."""
    if type(left) is int and type(right) is int:  # most values, and all numbers of channels
        return left == right
    left, right = _plain(left), _plain(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        # The author's 1 - 0.99 is a framework's 0.01.
        return left == right or (isinstance(left, float) and math.isclose(left, right, rel_tol=CLOSE))
    return left == right and type(left) is type(right)


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        items = tuple(map(_plain, value))
        is_one = len(items) in (2, 4) and not isinstance(items[0], tuple) and len(set(items)) == 1
        return items[0] if is_one else items
    return value


def holds(tree: ast.expr, values: Iterable[object], cases: Iterable[Case]) -> bool:
    """Whether the expression has these values in these cases."""
    try:
        found = evaluate_each(tree, (case.env for case in cases))
        return all(equal(value, wanted) for value, wanted in zip(found, values, strict=True))
    except NoValue:
        return False


def literal(value: object) -> ast.expr:
    """A value as a syntax tree."""
    if isinstance(value, float) and not value.is_integer() and (thirds := 3 * value).is_integer() and thirds < 100:
        return ast.BinOp(constant(int(thirds)), ast.Div(), constant(3))
    if not isinstance(value, Made):
        return constant(value)
    return _made(value, [literal(each.value) for each in value.arguments])


def _made(made: Made, trees: Sequence[ast.expr]) -> ast.expr:
    """The call that makes an object, with these expressions for its arguments."""
    pairs = [(each, tree) for each, tree in zip(made.arguments, trees, strict=True) if each.value != each.default]
    values = [tree for each, tree in pairs if each.positional]
    return py.call(made.callee, values, {each.name: tree for each, tree in pairs if not each.positional})


def explained(
    name: str,
    values: Sequence[object],
    cases: Sequence[Case],
    attributes: Mapping[str, ast.expr],
    sizes: Sequence[ast.expr],
    result: ast.expr | None,
) -> ast.expr | None:
    """The first expression with an argument's value in each case; None if there is none.

    `attributes` are the layer's expressions, `sizes` the numbers of channels of its inputs, `result` that of its
    output.
    """
    first = values[0]
    if isinstance(first, Made):
        found = _explained_object(first, values, cases, attributes.get(name), attributes, sizes)
        if found is not None:
            return found
    same = all(equal(value, first) for value in values)
    for tree in _own(name, attributes, sizes, result):
        if value_of(tree) is NOT_CONSTANT and any(holds(tree, wanted, cases) for wanted in _wordings(name, values)):
            return tree
    if same:
        return literal(first)
    for tree in _related(attributes, sizes, result):
        if holds(tree, values, cases):
            return tree
    return _by_strides(attributes, values, cases)


def _explained_object(
    first: Made,
    values: Sequence[object],
    cases: Sequence[Case],
    said: ast.expr | None,
    attributes: Mapping[str, ast.expr],
    sizes: Sequence[ast.expr],
) -> ast.expr | None:
    """An object whose arguments have expressions: those of the mapping that the author wrote, or numbers of channels.

    None if the objects differ in more than their arguments' values.
    """
    if any(not isinstance(each, Made) or _outline(each) != _outline(first) for each in values):
        return None
    entries = zip(said.keys, said.values, strict=True) if isinstance(said, ast.Dict) else ()
    own = {str(key.value): tree for key, tree in entries if isinstance(key, ast.Constant)}
    columns = zip(*[each.arguments for each in values if isinstance(each, Made)], strict=True)
    sizes = [*sizes, *_products(attributes, sizes)]
    trees = [explained(each[0].name, [one.value for one in each], cases, own, sizes, None) for each in columns]
    known = [tree for tree in trees if tree is not None]
    return _made(first, known) if len(known) == len(trees) else None


def _products(attributes: Mapping[str, ast.expr], sizes: Sequence[ast.expr]) -> Iterator[ast.expr]:
    """The elements of a filter: those of a square kernel, for each number of channels, or a group's share of them."""
    if "kernel_size" in attributes:
        area = ast.BinOp(attributes["kernel_size"], ast.Pow(), ast.Constant(2))
        for size in sizes:
            product = simplify(ast.BinOp(area, ast.Mult(), size))
            yield product
            if "groups" in attributes:
                yield simplify(ast.BinOp(product, ast.FloorDiv(), attributes["groups"]))


def _outline(made: Made) -> object:
    return made.callee, [(each.name, each.value == each.default) for each in made.arguments]


def _wordings(name: str, values: Sequence[object]) -> Iterator[Sequence[object]]:
    """The values of an argument as the backend gives them, and with the author's null for no activation."""
    yield values
    if name == "activation" and NO_ACTIVATION in values:
        yield [None if value == NO_ACTIVATION else value for value in values]


def _own(
    name: str, attributes: Mapping[str, ast.expr], sizes: Sequence[ast.expr], result: ast.expr | None
) -> Iterator[ast.expr]:
    """The most likely expressions for an argument of this name."""
    for attribute in ATTRIBUTES.get(name, (name,)):
        if attribute in attributes:
            yield attributes[attribute]
            if name == "momentum":
                yield _complement(attributes[attribute])
    if name in INPUT_SIZES:
        yield from sizes
    if name == "groups":
        yield from sizes
    if name in OUTPUT_SIZES and result is not None:
        yield result


def _complement(tree: ast.expr) -> ast.expr:
    """PyTorch's momentum, which is the weight of the new value, from Keras's, the weight of the old one."""
    match tree:
        case ast.IfExp():
            return ast.IfExp(tree.test, _complement(tree.body), _complement(tree.orelse))
        case ast.Constant(value=float() as number):
            return ast.Constant(float(1 - Decimal(repr(number))))
    return ast.BinOp(ast.Constant(1), ast.Sub(), tree)


def _related(
    attributes: Mapping[str, ast.expr], sizes: Sequence[ast.expr], result: ast.expr | None
) -> Iterator[ast.expr]:
    trees = [tree for tree in (*attributes.values(), *sizes, result) if tree is not None and names_of(tree)]
    yield from trees
    for tree in attributes.values():
        match tree:
            case ast.List(elts=[ast.List(elts=vertical), ast.List(elts=horizontal)]):
                yield ast.Tuple([*horizontal, *vertical], ast.Load())  # PyTorch's order
    for tree in trees:
        yield simplify(ast.BinOp(tree, ast.FloorDiv(), ast.Constant(2)))
        yield simplify(ast.UnaryOp(ast.USub(), tree))


def _by_strides(attributes: Mapping[str, ast.expr], values: Sequence[object], cases: Sequence[Case]) -> ast.expr | None:
    """One value for one stride, and another for all other strides."""
    strides = attributes.get("strides")
    if strides is None or not names_of(strides):
        return None
    if any(isinstance(value, str) for value in values):
        return None
    found: dict[object, object] = {}
    for value, case in zip(values, cases, strict=True):
        try:
            stride = _plain(evaluate(strides, case.env))
        except NoValue:
            return None
        if not equal(found.setdefault(stride, value), value):
            return None
    if len(found) != 2:
        return None
    (low, one), (_, other) = sorted(found.items(), key=lambda each: str(each[0]))
    return ast.IfExp(ast.Compare(strides, [ast.Eq()], [literal(low)]), literal(one), literal(other))


def presence(there: Sequence[bool], cases: Sequence[Case], attributes: Mapping[str, ast.expr]) -> ast.expr:
    """A condition for a step that only some cases have; raises `Unsayable`."""
    for tree in attributes.values():
        if not names_of(tree):
            continue
        for test in (
            ast.Compare(tree, [ast.Gt()], [literal(1)]),
            ast.Compare(tree, [ast.Eq()], [literal(1)]),
            ast.Compare(tree, [ast.Gt()], [literal(0)]),
            tree,
        ):
            if holds(test, there, cases):
                return test
    raise Unsayable("a step that is there in some cases")
