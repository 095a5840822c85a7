"""Tables and numbers as plain text, in full or fitted to a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from archspec.cli.screen import cut

_GAP = 2

LEAST = 14
"""The smallest width of a cell on a narrow screen."""

WHOLE = 10**6
"""A smallest width for cells that are never cut: more characters than any cell has."""


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: frozenset[int] = frozenset(),
    *,
    width: int | None = None,
    least: Mapping[int, int] = MappingProxyType({}),
) -> str:
    """Rows in aligned columns under a ruled header; columns whose index is in `numbers` are flush right.

    In a table wider than `width`, long cells lose their middle, down to `LEAST` characters or the column's width in
    `least`; numbers are never cut. If this is not enough, the last columns are left out, and a line names them.
    """
    widths = _widths((header, *rows))
    if width is None:
        return _laid_out(header, rows, widths, numbers)
    smallest = [
        size if index in numbers else min(size, max(least.get(index, LEAST), len(header[index])))
        for index, size in enumerate(widths)
    ]
    shown = next((n for n in range(len(header), 1, -1) if _total(smallest[:n]) <= width), 1)
    fitting = _shared_out(widths[:shown], smallest[:shown], width)
    cells = [[cut(cell, size) for cell, size in zip(row, fitting, strict=False)] for row in (header, *rows)]
    text = _laid_out(cells[0], cells[1:], fitting, numbers)
    return text + (f"\n(too narrow for: {', '.join(header[shown:])})" if shown < len(header) else "")


def tab_separated(rows: Iterable[Sequence[str]]) -> str:
    """A line for each row, with a tab between two cells; other white space in a cell is a blank."""
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows in aligned columns."""
    widths = _widths(rows)
    return "\n".join(_line(row, widths, frozenset()) for row in rows)


def paragraph(text: str, width: int | None) -> str:
    """A sentence in lines of at most `width` characters, the later ones indented; in one line without a width."""
    if width is None or len(text) <= width:
        return text
    return textwrap.fill(text, max(width, _GAP + 1), subsequent_indent=" " * _GAP, break_on_hyphens=False)


UNKNOWN = "unknown"


def shape_text(axes: Sequence[int | None]) -> str:
    """Axes as text: 224 x 224 x 3, or ? x ? x 3 for unknown lengths."""
    return " x ".join("?" if axis is None else str(axis) for axis in axes) or "scalar"


def count_text(number: int | None) -> str:
    """A large number with two decimals: 4.09 G, or 0.43 M below a hundred million."""
    if number is None:
        return UNKNOWN
    size, unit = (1e9, "G") if number >= 1e8 else (1e6, "M")
    return f"{number / size:.2f} {unit}"


def shortened(text: str, width: int) -> str:
    """A text of at most this many characters; `...` replaces the end of a longer one."""
    return text if len(text) <= width else text[: width - 3].rstrip(" ,;") + "..."


def _laid_out(
    header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], numbers: frozenset[int]
) -> str:
    rule = ["-" * width for width in widths]
    return "\n".join(_line(row, widths, numbers) for row in (header, rule, *rows))


def _shared_out(widths: Sequence[int], smallest: Sequence[int], room: int) -> list[int]:
    """Widths that fit: the widest columns share the room equally, but none is narrower than its smallest width."""
    limit = max(widths)
    fitting = list(widths)
    while _total(fitting) > room and limit > 0:
        limit -= 1
        fitting = [max(low, min(size, limit)) for size, low in zip(widths, smallest, strict=True)]
    return fitting


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(row: Sequence[str], widths: Sequence[int], numbers: frozenset[int]) -> str:
    cells = [
        cell.rjust(width) if index in numbers else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return (" " * _GAP).join(cells).rstrip()
