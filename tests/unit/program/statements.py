"""Random statements of the kinds that the backends generate, each on one line."""

from __future__ import annotations

import random

_NAMES = ["x", "y", "self.conv1", "features", "identity", "nn.Conv2d", "layers.Conv2D", "torch.flatten", "_make_layer"]
_OPERATORS = ["+"] * 6 + ["-", "*", "//", "and", "or", "==", "<", "in", "not in"]
_LINKS = ["(x)", "(x)", ".flatten(1)", ".shape", "[:, 1:-1]", "[0]", ".view(2, -1)", "(*)"]


class StatementMaker:
    """Makes statements from a seed; the same seed makes the same statements."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def statement(self) -> str:
        """One statement; a compound one ends in a colon."""
        choose = self._random
        value = self._expression(choose.randrange(1, 5))
        kind = choose.randrange(13)
        if kind < 5:
            return f"{choose.choice(['x', 'self.layer1', 'values[0]', 'x: Tensor'])} = {value}"
        if kind == 5:
            return f"return {', '.join([value, *self._several(2)])}"
        if kind == 6:
            return f"for {choose.choice(['i', 'stage', 'width, depth'])} in {self._call(3)}:"
        if kind == 7:
            return f"{choose.choice(['if', 'while'])} {value}:"
        if kind == 8:
            return f"x {choose.choice(['+=', '*='])} {value}"
        if kind == 9:
            return f"assert {value}"
        return f"{choose.choice(['return ', '', 'return '])}{self._call(4)}"

    def definition(self) -> str:
        """The header of a function or a class."""
        if self._random.random() < 0.3:
            return f"class {self._word()}({', '.join(self._random.sample(_NAMES, self._random.randrange(1, 5)))}):"
        parameters = ["self"] + [f"{self._word()}{number}: int" for number in range(self._random.randrange(6))]
        parameters += [f"p{number}: {self._annotation()} = {number}" for number in range(self._random.randrange(3))]
        comma = "," * (self._random.random() < 0.1)
        returns = self._random.choice(["", " -> None", " -> Tensor", " -> tuple[Tensor, Tensor]"])
        return f"def {self._word()}({', '.join(parameters)}{comma}){returns}:"

    def _annotation(self) -> str:
        return self._random.choice(["int", "tuple[int, int]", "float | None", "dict[str, list[int]]"])

    def _word(self) -> str:
        return "w" + "".join(self._random.choices("abcdefgh", k=self._random.choice([1, 3, 8, 15, 30])))

    def _atom(self) -> str:
        kind = self._random.randrange(7)
        if kind < 2:
            return self._random.choice(_NAMES)
        if kind == 2:
            return self._word()
        if kind == 3:
            return str(self._random.randrange(3000))
        if kind == 4:
            return self._random.choice(["1e-05", "0.1", "-1", "None", "True", 'float("inf")'])
        return f'"{self._word()}"' if kind == 5 else f'f"{self._word()}.{{{self._word()}}}.{{i + 1}}"'

    def _several(self, depth: int) -> list[str]:
        return [self._expression(depth) for _ in range(self._random.choice([0, 1, 1, 2, 2, 3, 4, 7]))]

    def _listed(self, items: list[str]) -> str:
        return ", ".join(items) + ("," if len(items) > 1 and self._random.random() < 0.06 else "")

    def _arguments(self, depth: int) -> str:
        choose = self._random
        if choose.random() < 0.05:
            return f"{self._expression(depth)} for {self._word()} in {self._chain(depth)}"
        positional = self._several(depth)
        stars = [f"*{self._comprehension(depth)}"] if choose.random() < 0.1 else []
        named = [f"{self._word()}{index}={self._expression(depth)}" for index in range(choose.choice([0, 0, 1, 3]))]
        return self._listed([*positional, *stars, *named])

    def _call(self, depth: int) -> str:
        return f"{self._random.choice(_NAMES)}({self._arguments(depth - 1)})"

    def _comprehension(self, depth: int) -> str:
        opener, closer = self._random.choice([("[", "]"), ("(", ")")])
        condition = f" if {self._atom()} == {self._atom()}" if self._random.random() < 0.2 else ""
        return f"{opener}{self._call(depth)} for i in {self._chain(depth)}{condition}{closer}"

    def _chain(self, depth: int) -> str:
        text = self._call(depth) if self._random.random() < 0.5 else self._random.choice(_NAMES)
        for _ in range(self._random.choice([0, 0, 1, 1, 2, 4])):
            link = self._random.choice(_LINKS)
            text += link.replace("*", self._arguments(depth - 1)) if link == "(*)" else link
        return text

    def _display(self, depth: int) -> str:
        items = self._several(depth - 1)
        kind = self._random.randrange(3)
        if kind == 0:
            return f"[{self._listed(items)}]"
        if kind == 1:
            return f"({items[0]},)" if len(items) == 1 else f"({self._listed(items)})"
        entries = [f'"{self._word()}": {item}' for item in items]
        if self._random.random() < 0.3:
            entries.append(f"**{{{self._atom()}: {self._call(depth - 1)} for i in {self._chain(depth - 1)}}}")
        return "{" + self._listed(entries) + "}"

    def _expression(self, depth: int) -> str:
        kind = self._random.randrange(14)
        if depth <= 0 or kind < 4:
            return self._atom()
        if kind < 9:
            return self._chain(depth)
        if kind < 11:
            return self._display(depth)
        if kind == 11:
            return self._comprehension(depth) if self._random.random() < 0.3 else self._call(depth)
        if kind == 12 and self._random.random() < 0.3:
            return f"{self._atom()} if {self._chain(depth)} else {self._atom()}"
        return self._sum(depth)

    def _sum(self, depth: int) -> str:
        text = self._operand(depth - 1)
        for _ in range(self._random.choice([1, 1, 1, 2, 4])):
            text += f" {self._random.choice(_OPERATORS)} {self._operand(depth - 1)}"
        return text

    def _operand(self, depth: int) -> str:
        kind = self._random.randrange(3)
        text = self._atom() if kind == 0 else self._chain(depth) if kind == 1 else self._display(depth)
        return f"({self._atom()} + {text})" if self._random.random() < 0.15 else text
