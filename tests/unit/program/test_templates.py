"""The holes of a template are filled with trees, which get parentheses where they need them."""

from __future__ import annotations

import ast

import pytest

from archspec.program.python import dotted, literal
from archspec.program.templates import template

SUM = template("{0} + 1", [dotted("x")])


@pytest.mark.parametrize(
    ("text", "inputs", "positional", "keywords", "expected"),
    [
        ("F.max_pool2d({0}, {arguments})", [SUM], [2], {"stride": 3}, "F.max_pool2d(x + 1, 2, stride=3)"),
        ("F.max_pool2d({0}, {arguments})", [SUM], [], {}, "F.max_pool2d(x + 1)"),
        ("f({0}, {arguments}, training=t)", [SUM], [], {"p": 1}, "f(x + 1, p=1, training=t)"),
        ("torch.cat(({inputs}), dim=1)", [SUM, SUM], [], {}, "torch.cat((x + 1, x + 1), dim=1)"),
        ("torch.cat(({inputs}), dim=1)", [SUM], [], {}, "torch.cat((x + 1,), dim=1)"),
        ("torch.add({inputs})", [SUM, SUM], [], {}, "torch.add(x + 1, x + 1)"),
        ("add([{inputs}])", [SUM, SUM], [], {}, "add([x + 1, x + 1])"),
        ("F.pad({0}, (0, 0, {arguments}))", [SUM], [1, 2], {}, "F.pad(x + 1, (0, 0, 1, 2))"),
        ("{0} * {1}", [SUM, SUM], [], {}, "(x + 1) * (x + 1)"),
        ("{0} - {1}", [SUM, SUM], [], {}, "x + 1 - (x + 1)"),
        ("{0}.mean((2, 3))", [SUM], [], {}, "(x + 1).mean((2, 3))"),
        ("{0}[:, {arguments}]", [SUM], [4], {}, "(x + 1)[:, 4]"),
        ("{0}", [SUM], [], {}, "x + 1"),
    ],
)
def test_holes_are_filled(
    text: str, inputs: list[ast.expr], positional: list[int], keywords: dict[str, int], expected: str
) -> None:
    named = {name: literal(value) for name, value in keywords.items()}
    tree = template(text, inputs, [literal(value) for value in positional], named)
    assert ast.unparse(tree) == expected
    assert ast.dump(tree) == ast.dump(ast.parse(expected, mode="eval").body)


def test_a_template_can_be_filled_again() -> None:
    first = template("f({0}, {rate})", [dotted("x")], rate=literal(1))
    second = template("f({0}, {rate})", [dotted("y")], rate=literal(2))
    assert (ast.unparse(first), ast.unparse(second)) == ("f(x, 1)", "f(y, 2)")


@pytest.mark.parametrize(
    ("text", "keywords", "error"),
    [
        ("f({1})", {}, KeyError),
        ("f({width})", {}, KeyError),
        ("f(", {}, SyntaxError),
        ("({arguments})", {"a": literal(1)}, TypeError),
        ("{arguments}", {"a": literal(1)}, TypeError),
        ("{arguments} + 1", {"a": literal(1), "b": literal(1)}, TypeError),
    ],
)
def test_a_hole_that_cannot_be_filled_is_an_error(
    text: str, keywords: dict[str, ast.expr], error: type[Exception]
) -> None:
    with pytest.raises(error):
        template(text, [dotted("x")], keywords=keywords)
