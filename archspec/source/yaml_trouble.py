"""A YAML syntax error and what stands around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archspec.errors import Source, Span

_WORD = re.compile(r"[\w$.-]+|\S|")
_QUOTED = r"""(?<![^\s\[{,:(])(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|'[^']*+')"""
_BRACKETS = re.compile(_QUOTED + r"|(?<!\S)#[^\r\n]*+|[\[\]{}]", re.DOTALL)
FIRST_KEY = re.compile(r"[ ]*(?:-[ ]+)*")
"""The indentation of a line, the dashes of list items included."""


@dataclass(frozen=True)
class Trouble:
    """A syntax error.

    `problem` and `context` are the parser's words, in lower case; `at` is where it stopped, `begins` where the thing
    begins that it was reading, and `bracket` the innermost bracket that is open there.
    """

    source: Source
    problem: str
    context: str
    at: int
    begins: int
    bracket: int | None

    @property
    def text(self) -> str:
        """The whole text."""
        return self.source.text

    @property
    def character(self) -> str:
        """The character at which the parser stopped; empty at the end of the text."""
        return self.text[self.at : self.at + 1]

    def word(self) -> Span:
        """The word at which the parser stopped."""
        found = _WORD.match(self.text, self.at)
        return Span(self.source, self.at, found.end() if found else self.at)

    def span(self, start: int, end: int) -> Span:
        """A stretch of the text."""
        return Span(self.source, start, end)

    def line_of(self, offset: int) -> int:
        """The number of the line that has the character at this offset."""
        return Span(self.source, offset, offset).line

    def line_start(self, offset: int) -> int:
        """Where the line begins that has the character at this offset."""
        return self.source.line_starts[self.line_of(offset) - 1]

    def line_before(self, offset: int) -> Span | None:
        """The nearest line above that is neither empty nor a comment, without its indentation and dashes."""
        for number in range(self.line_of(offset) - 1, 0, -1):
            line = self.source.line(number)
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            start, length = self.source.line_starts[number - 1], len(line.rstrip())
            indent = FIRST_KEY.match(line)
            return self.span(start + min(indent.end() if indent else 0, length), start + length)
        return None

    def outdented_since(self, offset: int) -> bool:
        """Whether a line after that of `offset`, up to the error, stands no deeper than it and closes no bracket."""
        first = self.line_of(offset)
        own = _indentation(self.source.line(first))
        for number in range(first + 1, self.line_of(self.at) + 1):
            line = self.source.line(number)
            if line.strip() and line.lstrip()[0] not in "]}#" and _indentation(line) <= own:
                return True
        return False


def open_bracket(text: str, reached: int, at: int, brackets: list[int]) -> int | None:
    """The innermost bracket that is open at `at`, if `brackets` are those that are open at `reached`."""
    stack = list(brackets)
    for found in _BRACKETS.finditer(text, reached, at):
        symbol, offset = found.group(), found.start()
        if symbol in "[{" and (stack or offset == 0 or text[offset - 1].isspace()):
            stack.append(offset)
        elif symbol in "]}" and stack:
            stack.pop()
    return stack[-1] if stack else None


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
