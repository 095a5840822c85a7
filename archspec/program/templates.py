"""Expressions as source with holes, as in the backends' rows.

`F.max_pool2d({0}, {arguments})`, `torch.cat(({inputs}), dim=1)` and `{0} + {1}` are parsed once. Their holes are filled
with trees, so an operand gets parentheses where it needs them and nowhere else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

from archspec.program.trees import changed

_HOLE = re.compile(r"\{(\w+)\}")
_LONE_IN_TUPLE = re.compile(r"(?<![\w\])])\(\{(inputs|arguments)\}\)")
_PREFIX = "__hole_"


def template(
    text: str,
    inputs: Sequence[ast.expr] = (),
    arguments: Sequence[ast.expr] = (),
    keywords: Mapping[str, ast.expr] | None = None,
    **others: ast.expr,
) -> ast.expr:
    """The expression with its holes filled.

    Args:
        text: An expression. `{0}`, `{1}`, ... stand for an input, `{inputs}` for all of them, `{arguments}` for the
            positional arguments and, in a call, for the keyword arguments as well; `{word}` for `others`. The last
            three stand among a call's arguments or in a list or tuple; parentheses around one alone make a tuple.
        inputs: The input expressions.
        arguments: The positional arguments.
        keywords: The keyword arguments by name; they precede the ones in the text.
        others: Further expressions by the words of their holes.

    Raises:
        KeyError: the text has a hole for which there is no expression.
        SyntaxError: the text is no expression.
        TypeError: several expressions, or keyword arguments, are given where one expression stands.
    """
    named = [ast.keyword(name, value) for name, value in (keywords or {}).items()]
    holes: dict[str, Sequence[ast.AST]] = {str(index): [each] for index, each in enumerate(inputs)}
    holes |= {word: [each] for word, each in others.items()}
    holes |= {"inputs": list(inputs), "arguments": [*arguments, *named]}
    filled = changed(_parsed(text), partial(_filled, holes))
    if isinstance(filled, ast.expr):
        return filled
    if isinstance(filled, Sequence) and len(filled) == 1 and isinstance(only := filled[0], ast.expr):
        return only
    raise TypeError(f"{text} is not one expression")


@lru_cache(maxsize=1024)
def _parsed(text: str) -> ast.expr:
    tuples = _LONE_IN_TUPLE.sub(r"({\1},)", text)
    return ast.parse(_HOLE.sub(rf"{_PREFIX}\1", tuples), mode="eval").body


def _filled(holes: Mapping[str, Sequence[ast.AST]], node: ast.AST) -> ast.AST | Sequence[ast.AST]:
    if isinstance(node, ast.Name) and node.id.startswith(_PREFIX):
        word = node.id.removeprefix(_PREFIX)
        nodes = holes[word]
        return nodes[0] if len(nodes) == 1 else nodes
    if isinstance(node, ast.Call):
        # In the text the hole stands among the positional arguments.
        node.keywords = [each for each in node.args if isinstance(each, ast.keyword)] + node.keywords
        node.args = [each for each in node.args if not isinstance(each, ast.keyword)]
    elif isinstance(node, ast.List | ast.Tuple | ast.Set) and any(isinstance(each, ast.keyword) for each in node.elts):
        raise TypeError("keyword arguments stand in a call only")
    return node
