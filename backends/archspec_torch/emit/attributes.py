"""Attributes of `self` by their paths. A word of a path may be no identifier, such as `0`."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator

from archspec.program import python as py


class Attributes:
    """Assigns and reads attributes. A module whose parts have their positions for names is a list of modules."""

    def __init__(self) -> None:
        self._lengths: dict[str, int] = {}

    def read(self, path: str) -> ast.expr:
        """The attribute at a path: `self.layer1.conv1`, `self.layer1[0].conv1`, `getattr(self.layer1, "2x")`."""
        tree, holder = py.dotted("self"), ""
        for word in path.split(".") if path else ():
            if word.isdigit() and holder in self._lengths:
                tree = py.subscript(tree, ast.Constant(int(word)))
            elif word.isidentifier() and not keyword.iskeyword(word):
                tree = ast.Attribute(tree, word, ast.Load())
            else:
                tree = py.call("getattr", [tree, py.literal(word)])
            holder = f"{holder}.{word}" if holder else word
        return tree

    def assigned(self, path: str, value: ast.expr) -> ast.stmt:
        """The statement that assigns a module to the attribute at a path; those around it are there."""
        holder, _, word = path.rpartition(".")
        if word == str(self._lengths.get(holder)):
            self._lengths[holder] += 1
            return py.statement(py.call(ast.Attribute(self.read(holder), "append", ast.Load()), [value]))
        # With any other part a position is no index.
        self._lengths.pop(holder, None)
        target = self.read(path)
        if isinstance(target, ast.Attribute):
            return py.assign(target, value)
        return py.statement(py.call("setattr", [self.read(holder), py.literal(word), value]))

    def holder(self, path: str, part: str) -> ast.stmt:
        """The statement that makes the module at a path, whose first part has this name."""
        statement = self.assigned(path, py.call("nn.ModuleList" if part == "0" else "nn.Module"))
        if part == "0":
            self.add_list(path, 0)
        return statement

    def add_list(self, path: str, length: int) -> None:
        """Note that a module at a path has this number of parts, which an index gives."""
        self._lengths[path] = length


def holders(path: str) -> Iterator[tuple[str, str]]:
    """The paths of the modules around an attribute, the outermost first, each with the next word of the path."""
    words = path.split(".")
    return ((".".join(words[:count]), words[count]) for count in range(1, len(words)))
