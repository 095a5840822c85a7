"""Prints text with optional line breaks: a group is kept on one line if it fits, or else opened.

After Wadler, "A prettier printer" (2003), as formatters of Python do it: whether a group fits is asked up to the first
break that its surroundings allow. Everything is a flat list of elements, so depth costs no recursion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

WIDTH = 88
"""Columns of a line, the default of ruff and black."""

INDENT = 4


@dataclass(frozen=True, slots=True)
class Line:
    """Where a line may break; `flat` is what stands there if it does not."""

    flat: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of the indentation of the lines that follow."""

    columns: int


@dataclass(slots=True, eq=False)
class Group:
    """The start of a group.

    `opened`: it has to be opened. `tail`: how many characters have to fit on the same line behind it for the group to
    be kept closed; where they do not, the group is opened and so is `inner`, as if a magic comma stood at its end.
    """

    opened: bool = False
    tail: int = 0
    inner: Group | None = None
    magic: bool = False


@dataclass(frozen=True, slots=True)
class Comma:
    """A comma that is there only if the group that it is in is opened, and for a lone element only by magic."""

    group: Group
    lone: bool


@dataclass(frozen=True, slots=True)
class End:
    """The end of the latest group."""


Element = str | Line | Comma | Shift | Group | End


@dataclass(slots=True)
class _Page:
    """What has been printed, and where the next character goes."""

    indent: int
    lines: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    column: int = 0
    open_groups: list[bool] = field(default_factory=lambda: [True])

    def write(self, text: str) -> None:
        self.parts.append(text)
        self.column += len(text)

    def end_line(self) -> None:
        self.lines.append("".join(self.parts))
        self.parts = [" " * self.indent]
        self.column = self.indent


def render(elements: list[Element], indent: int) -> list[str]:
    """The lines of the elements, the first one at this indentation."""
    page = _Page(indent, parts=[" " * indent], column=indent)
    for position, element in enumerate(elements):
        match element:
            case str():
                page.write(element)
            case Line(flat):
                page.end_line() if page.open_groups[-1] else page.write(flat)
            case Comma(group, lone):
                page.write("," * (page.open_groups[-1] and (group.magic or not lone)))
            case Shift(columns):
                page.indent += columns
            case Group():
                page.open_groups.append(_has_to_open(element, elements, position, page))
            case End():
                page.open_groups.pop()
    page.end_line()
    return page.lines


def _has_to_open(group: Group, elements: list[Element], position: int, page: _Page) -> bool:
    if not page.open_groups[-1]:
        return False
    if group.opened:
        return True
    end = _closed_end(elements, position, page.column)
    if end is not None and end + group.tail <= WIDTH:
        return False
    if end is not None and group.inner is not None:
        group.inner.opened = group.inner.magic = True
    return True


def _closed_end(elements: list[Element], position: int, column: int) -> int | None:
    """The column at which a group ends if it is kept on the line that is at `column`.

    None if it does not fit there, together with what follows it up to the next break.
    """
    depth = 0
    end = column
    for index in range(position, len(elements)):
        element = elements[index]
        if isinstance(element, Group) and (depth > 0 or index == position):
            if depth > 0 and element.opened:
                return None
            depth += 1
        elif isinstance(element, End) and depth > 0:
            depth -= 1
            end = end if depth else column
        elif isinstance(element, Line) and depth == 0:
            break
        else:
            column += _length(element, behind=depth == 0)
        if column > WIDTH:
            return None
    return end


def _length(element: Element, *, behind: bool) -> int:
    """The length of an element on the line of a closed group, or behind it, where commas are printed."""
    match element:
        case str(text) | Line(text):
            return len(text)
        case Comma(group, lone):
            return int(behind and (group.magic or not lone))
        case _:
            return 0


def flat(elements: list[Element]) -> str | None:
    """The elements on one line, None if a group in them has to be opened."""
    parts: list[str] = []
    for element in elements:
        match element:
            case str(text) | Line(text):
                parts.append(text)
            case Group(opened=True):
                return None
            case _:
                pass
    return "".join(parts)


def opened_widths(elements: list[Element], indent: int) -> Iterator[int]:
    """The lengths of the lines if every group is opened, the first one at this indentation."""
    column = indent
    for element in elements:
        match element:
            case str(text):
                column += len(text)
            case Line():
                yield column
                column = indent
            case Comma(_, lone):
                column += not lone
            case Shift(columns):
                indent += columns
            case _:
                pass
    yield column


def fits_around_groups(elements: list[Element], indent: int) -> bool:
    """Whether what stands before, between and behind the outermost groups fits if every group is opened."""
    column = indent
    depth = 0
    for element in elements:
        match element:
            case str(text):
                column += len(text)
                if depth == 0 and column > WIDTH:
                    return False
            case Line():
                column = indent
            case Group():
                depth += 1
            case End():
                depth -= 1
            case _:
                pass
    return True
