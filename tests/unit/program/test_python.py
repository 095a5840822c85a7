"""Each constructor makes the tree that Python's own parser makes of the same source."""

from __future__ import annotations

import ast

import pytest

from archspec.program.printing import print_statements
from archspec.program.python import (
    Parameter,
    annotated,
    assign,
    call,
    choice,
    class_,
    comprehension,
    dict_,
    docstring,
    dotted,
    f_string,
    for_,
    function,
    if_,
    import_,
    import_from,
    list_,
    literal,
    return_,
    star,
    statement,
    subscript,
    tuple_,
    with_,
)

X, Y = dotted("x"), dotted("y")


@pytest.mark.parametrize(
    ("tree", "source"),
    [
        (assign("self.conv", call("nn.Conv2d", [X], {"bias": literal(False)})), "self.conv = nn.Conv2d(x, bias=False)"),
        (assign(tuple_([X, subscript(Y, literal(0))]), tuple_([Y, X])), "x, y[0] = y, x"),
        (annotated("self.x", dotted("Tensor")), "self.x: Tensor"),
        (annotated("x", dotted("int"), literal(-1)), "x: int = -1"),
        (statement(literal((1, (2.5,), [None, "a"], -0.0))), "(1, (2.5,), [None, 'a'], -0.0)"),
        (statement(f_string(["a{", X, ".", Y])), "f'a{{{x}.{y}'"),
        (statement(f_string(["a", "b"])), "'ab'"),
        (statement(choice(X, Y, literal(None))), "y if x else None"),
        (statement(comprehension(X, X, Y)), "[x for x in y]"),
        (statement(call("f", [star(list_([X]))])), "f(*[x])"),
        (statement(dict_({"a": X})), "{'a': x}"),
        (if_(X, [ast.Pass()], [if_(Y, [ast.Pass()], [ast.Pass()])]), "if x:\n pass\nelif y:\n pass\nelse:\n pass"),
        (for_(tuple_([X, Y]), call("f"), [ast.Pass()]), "for x, y in f():\n pass"),
        (with_(call("torch.no_grad"), [ast.Pass()]), "with torch.no_grad():\n pass"),
        (import_("torch.nn.functional", "F"), "import torch.nn.functional as F"),
        (import_from("torch", ["Tensor", "nn"]), "from torch import Tensor, nn"),
        (
            function("f", [Parameter("self"), Parameter("x", X, literal(1))], Y, [return_(X), return_()]),
            "def f(self, x: x = 1) -> y:\n return x\n return",
        ),
        (class_("A", [dotted("nn.Module")], [docstring("A.")]), "class A(nn.Module):\n 'A.'"),
    ],
)  # fmt: skip
def test_a_constructor_and_the_parser_agree(tree: ast.stmt, source: str) -> None:
    parsed = ast.parse(source).body[0]
    assert ast.dump(tree) == ast.dump(parsed)
    assert print_statements([tree]) == print_statements([parsed])


@pytest.mark.parametrize("indent", [0, 4])
def test_a_docstring_is_88_columns_wide_and_cannot_be_ended(indent: int) -> None:
    text = 'word """ \\ \u202e ' * 30
    node = docstring(text, indent)
    body = [class_("A", [], [node])] if indent else [node]
    source = print_statements(body)
    assert all(len(line) <= 88 for line in source.splitlines())
    assert max(len(line) for line in source.splitlines()) > 80
    assert ast.dump(ast.parse(source)) == ast.dump(ast.Module(body, []))


def test_what_is_no_literal_or_target_is_refused() -> None:
    with pytest.raises(TypeError, match="object is no literal"):
        literal(object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Call cannot be assigned to"):
        assign(call("f"), X)
