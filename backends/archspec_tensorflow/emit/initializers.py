"""Initializers in Keras: a name, an object with parameters, or a constant of the module for one that is repeated."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import fields

from archspec.ir.initializers import Said, TorchDefault, VarianceScaling, meaning
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.layers.dense import Dense
from archspec.program import python as py
from archspec.program.calls import Argument, Made
from archspec.program.names import Names, snake
from archspec.program.trees import changed, nodes_in
from archspec_tensorflow.emit.helpers import HELPERS

_MODULE = "keras.initializers."

_DESCRIPTION = "dict[str, object]"
"""The annotation of Keras's description of an initializer, of which each layer makes its own."""

TORCH_KERNEL = VarianceScaling(1 / 3, "fan_in", "uniform")
"""PyTorch's own initial values of a kernel whose fans both frameworks count in one way."""


def initializer(name: str, said: Said, default: str) -> Argument:
    """The argument for a weight's initial values."""
    return Argument(name, said if isinstance(said, str) else _object(said), default)


def kernel(name: str, said: Said, as_torch: VarianceScaling = TORCH_KERNEL) -> Argument:
    """The argument for a kernel's initial values; `as_torch` is what PyTorch's own are in Keras."""
    return initializer(name, as_torch if isinstance(meaning(said), TorchDefault) else said, "glorot_uniform")


def bias(layer: Conv2D | DepthwiseConv2D | Conv2DTranspose | Dense, fan_in: int) -> Argument:
    """The argument for the initial values of a layer's bias; `fan_in` is its kernel's as PyTorch counts it."""
    said = layer.bias_initializer if layer.use_bias else "zeros"
    if isinstance(meaning(said), TorchDefault):
        made = Made("torch_bias", (Argument("fan_in", fan_in, positional=True),), _DESCRIPTION)
        return Argument("bias_initializer", made, "zeros")
    return initializer("bias_initializer", said, "zeros")


def _object(said: Said) -> Made:
    if isinstance(said, int | float):
        return Made(f"{_MODULE}Constant", (Argument("value", float(said), positional=True),), f"{_MODULE}Initializer")
    assert not isinstance(said, str), "names are arguments themselves"
    defaults = type(said)()
    names = [field.name for field in fields(said)]
    arguments = [Argument(name, getattr(said, name), getattr(defaults, name)) for name in names]
    return Made(f"{_MODULE}{type(said).__name__}", tuple(arguments), _DESCRIPTION)


def with_constants(statements: Sequence[ast.stmt], taken: Set[str]) -> list[ast.stmt]:
    """The statements with a constant of the module in place of each initializer that several layers could share.

    The constant is Keras's description of the initializer, as in keras.applications: layers that shared one object
    would all begin with the same numbers. `taken` are names that the constants cannot have.
    """
    module = ast.Module(list(statements), [])
    nodes = list(nodes_in([module]))
    calls = [node for node in nodes if isinstance(node, ast.Call) and _is_constant(node)]
    if not calls:
        return list(statements)
    own = {id(call): words for call, words in _of_one_layer(nodes)}
    times = Counter(map(ast.dump, calls))
    names = Names({*taken, *_names(nodes)})
    constants: dict[str, tuple[str, ast.expr]] = {}
    for call in calls:
        text = ast.dump(call)
        if text not in constants and (times[text] > 1 or id(call) not in own):
            layer, word = own.get(id(call), ("", "initializer"))
            name = word if word.upper() not in names else f"{layer}_{word}"
            constants[text] = names.fresh(name.upper()), _described(call)

    def change(node: ast.AST) -> ast.AST:
        known = constants.get(ast.dump(node)) if isinstance(node, ast.Call) and _is_constant(node) else None
        return node if known is None else py.dotted(known[0])

    if not constants:
        return list(statements)
    without = changed(module, change)
    assert isinstance(without, ast.Module), "a module stays one"
    return [*(py.assign(name, tree) for name, tree in constants.values()), *without.body]


def _of_one_layer(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, tuple[str, str]]]:
    """The expressions that are arguments of one layer, each with the layer's class and the argument's name."""
    for node in nodes:
        if isinstance(node, ast.Call) and _makes_layer(node.func):
            layer = snake(ast.unparse(node.func).rpartition(".")[2])
            yield from ((each.value, (layer, each.arg)) for each in node.keywords if each.arg is not None)


def _makes_layer(function: ast.expr) -> bool:
    match function:
        case ast.Attribute(value=ast.Name(id="layers")):
            return True
        case ast.Name(id=name):
            return name in HELPERS
    return False


def _is_constant(call: ast.Call) -> bool:
    """Whether a call makes an initializer with constant parameters."""
    match call.func:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="keras"), attr="initializers")) if call.keywords:
            return not any(isinstance(part, ast.Name) for each in call.keywords for part in ast.walk(each.value))
    return False


def _described(call: ast.Call) -> ast.expr:
    kind = ast.unparse(call.func).removeprefix(_MODULE)
    config = py.dict_({str(each.arg): each.value for each in call.keywords})
    return py.dict_({"class_name": ast.Constant(kind), "config": config})


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                yield name
