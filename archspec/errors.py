"""Diagnostics: what is wrong, where in the source it stands, and what was probably meant."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from archspec.advice import Message

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, eq=False)
class Source:
    """A text that was read, the name to call it by in messages, and the file that it came from, if any."""

    name: str
    text: str
    file: Path | None = None

    @cached_property
    def line_starts(self) -> array[int]:
        """Offsets at which the lines begin; a line ends in LF, CRLF or CR, as editors count them."""
        starts = array("Q", [0])
        starts.extend(end.end() for end in _LINE_END.finditer(self.text))
        return starts

    def line(self, number: int) -> str:
        """The line with this number, counted from 1, without its end; empty where there is no such line."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source's text: offsets into it, the end excluded."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """The line of the first character, counted from 1; a text's end belongs to the last line that has one."""
        return bisect_right(self.source.line_starts, self._first)

    @property
    def column(self) -> int:
        """The column of the first character, counted from 1 in characters."""
        return self._first - self.source.line_starts[self.line - 1] + 1

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.source.text[self.start : self.end]

    def inside(self, start: int, end: int) -> Span:
        """A part of this span, by offsets from its own start."""
        return Span(self.source, self.start + start, min(self.start + end, self.end))

    @property
    def _first(self) -> int:
        """The first character's offset; at the end of a text that ends its last line, the end of that line."""
        text = self.source.text
        if self.start < len(text) or not text.endswith(("\n", "\r")):
            return min(self.start, len(text))
        return len(text) - (2 if text.endswith("\r\n") else 1)


Where = Span | str
"""A stretch of the text, or, for a document that was given as Python values, the path in words."""


@dataclass(frozen=True)
class Diagnostic:
    """One fault or remark.

    `code` is a stable word (`unknown-layer`), `message` one sentence, `where` the span, or, for a document that
    was given as Python values, the path to the value (`layers[3].filters`). `hint` says what was probably meant;
    `notes` add context (`in block Bottleneck, used at line 40`).
    """

    code: str
    message: str
    where: Where | None = None
    hint: str | None = None
    notes: tuple[str, ...] = field(default=())
    severity: str = "error"


class ArchspecError(Exception):
    """The base of every error that archspec raises on purpose."""


class ArgumentError(ArchspecError, TypeError):
    """An argument of the API has a type that it cannot have; the message says which one it may have."""


class AdvisedError(ArchspecError):
    """An error that says what to give instead; `message` has it for callers with words of their own for arguments."""

    def __init__(self, facts: str, *advice: str) -> None:
        super().__init__(facts, *advice)
        self.message = Message(facts, advice)

    def __str__(self) -> str:
        """The facts and the advice, in the words of Python."""
        return self.message.said()


class SpecError(ArchspecError):
    """The document is not a network. `diagnostics` has every fault that was found, in the order of the text."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        """The sentences, a line each; `archspec.source.render` draws them with their lines."""
        return "\n".join(_sentence(diagnostic) for diagnostic in self.diagnostics)


class ShapeError(ArchspecError):
    """A layer cannot take these inputs. The message is a sentence that ends a diagnostic."""


class UnknownSizeError(ShapeError):
    """The length of an axis is needed, and it is unknown. `instead` is what would not need it."""

    def __init__(self, message: str, instead: str = "") -> None:
        super().__init__(message)
        self.instead = instead


class EmitError(ArchspecError):
    """A backend cannot express the network; the message names the layer and the reason.

    `path` is the layer's and `key` the one of its keys that is at fault; `layer_type` is what the backend lacks
    altogether. A backend says as much of this as it knows; what it comes to in the spec, `where`, is found later.
    """

    def __init__(
        self, message: str, *, path: str | None = None, key: str = "layer_type", layer_type: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.key = key
        self.layer_type = layer_type
        self.where: Where | None = None

    @property
    def diagnostic(self) -> Diagnostic:
        """The same as a fault of the spec."""
        return Diagnostic("not-expressible", self.message, self.where)

    def __str__(self) -> str:
        """The message, and before it the place if that is known."""
        return _sentence(self.diagnostic)


class OutOfMemoryError(AdvisedError):
    """The network is too large for this machine; the message says how large it is."""


_OUT_OF_MEMORY = frozenset(("MemoryError", "OutOfMemoryError", "ResourceExhaustedError"))
"""What Python and the frameworks call it, which are not imported here; PyTorch has no word of its own on a CPU."""
_OUT_OF_MEMORY_MESSAGE = "can't allocate memory"


def says_out_of_memory(error: Exception) -> bool:
    """Whether Python or a framework raised this because there was not enough memory."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return not kinds.isdisjoint(_OUT_OF_MEMORY) or _OUT_OF_MEMORY_MESSAGE in str(error)


class BackendMissingError(ArchspecError):
    """No such backend, or its framework is not installed; the message says how to install it."""


def _sentence(diagnostic: Diagnostic) -> str:
    """`lenet.yaml:5:18: no layer type is called "Conv2d" (did you mean "Conv2D"?)`."""
    where = diagnostic.where
    if isinstance(where, Span):
        where = f"{where.source.name}:{where.line}:{where.column}"
    sentence = f"{where}: {diagnostic.message}" if where else diagnostic.message
    return f"{sentence} ({diagnostic.hint})" if diagnostic.hint else sentence
