"""Diagnostics: faults with their places in the source, and suggestions; and the exceptions of archspec."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from archspec.advice import Message

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, eq=False)
class Source:
    """A text, its name for messages, and its file if there is one."""

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
        """The line with this number, counted from 1, without its end; empty if there is no such line."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a source's text: its offsets, without the end."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """The line of the first character, counted from 1; the end of the text belongs to the last nonempty line."""
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
"""A range of the text; for a document of Python values, the path in words."""


@dataclass(frozen=True)
class Diagnostic:
    """One fault or remark.

    `code` is a stable word (`unknown-layer`), and `message` one sentence. `where` is the span; for a document of Python
    values it is the path to the value (`layers[3].filters`). `hint` is a suggestion; `notes` add context (`in block
    Bottleneck, used at line 40`).
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
    """An argument of the API has a wrong type; the message names the right one."""


class AdvisedError(ArchspecError):
    """An error with advice about arguments; `message` has it for callers with other words for arguments."""

    def __init__(self, facts: str, *advice: str) -> None:
        super().__init__(facts, *advice)
        self.message = Message(facts, advice)

    def __str__(self) -> str:
        """The facts and the advice, with Python's words for arguments."""
        return self.message.said()


class SpecError(ArchspecError):
    """The document is not a network. `diagnostics` are all faults, in the order of the text."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        """The messages, a line each; `archspec.source.render` draws them with the lines of the text."""
        return "\n".join(_sentence(diagnostic) for diagnostic in self.diagnostics)


class ShapeError(ArchspecError):
    """A layer cannot take these inputs. The message is a sentence that ends a diagnostic."""


class UnknownSizeError(ShapeError):
    """The length of an axis is needed and unknown. `instead` is an alternative that does not need it."""

    def __init__(self, message: str, instead: str = "") -> None:
        super().__init__(message)
        self.instead = instead


class EmitError(ArchspecError):
    """A backend cannot express the network; the message names the layer and the reason.

    `path` is the layer's path, `key` the faulty key, and `layer_type` a type that the backend lacks. A backend sets the
    ones that it knows; `where`, the place in the spec, is added later. `others` are further reasons.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        key: str = "layer_type",
        layer_type: str | None = None,
        others: Sequence[EmitError] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.key = key
        self.layer_type = layer_type
        self.others = tuple(others)
        self.where: Where | None = None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The reasons as faults of the spec; one for the copies of a layer, which have one place."""
        found: dict[object, Diagnostic] = {}
        for error in (self, *self.others):
            found.setdefault(error.where or error.message, Diagnostic("not-expressible", error.message, error.where))
        return tuple(found.values())

    def __str__(self) -> str:
        """The messages, a line each, after the places that are known."""
        return "\n".join(map(_sentence, self.diagnostics))


class OutOfMemoryError(AdvisedError):
    """The network is too large for this machine; the message has its size."""


_OUT_OF_MEMORY = frozenset(("MemoryError", "OutOfMemoryError", "ResourceExhaustedError"))
"""The names of exceptions for lack of memory in Python and the frameworks; PyTorch has none for CPUs."""
_OUT_OF_MEMORY_MESSAGE = "can't allocate memory"


def says_out_of_memory(error: Exception) -> bool:
    """Whether Python or a framework raised an exception for lack of memory."""
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
