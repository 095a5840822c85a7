"""Attributes of `self` by their paths. A word of a path may be no identifier, such as `0`."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator

from archspec.program import python as py


def attribute(path: str) -> ast.expr:
    """The attribute at a path: `self.layer1.conv1`, `getattr(self.layer1, "0").conv1`."""
    tree = py.dotted("self")
    for word in path.split(".") if path else ():
        tree = ast.Attribute(tree, word, ast.Load()) if _is_name(word) else py.call("getattr", [tree, py.literal(word)])
    return tree


def assigned(path: str, value: ast.expr) -> ast.stmt:
    """The statement that assigns a value to the attribute at a path."""
    target = attribute(path)
    if isinstance(target, ast.Attribute):
        return py.assign(target, value)
    holder, _, word = path.rpartition(".")
    return py.statement(py.call("setattr", [attribute(holder), py.literal(word), value]))


def holders(path: str) -> Iterator[str]:
    """The paths of the modules around an attribute, the outermost first."""
    words = path.split(".")
    return (".".join(words[:count]) for count in range(1, len(words)))


def _is_name(word: str) -> bool:
    return word.isidentifier() and not keyword.iskeyword(word)
