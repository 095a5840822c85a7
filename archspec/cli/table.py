"""Tables and numbers as plain text: the same in a pipe as on a screen."""

from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int] = frozenset()) -> str:
    """Rows in aligned columns under a ruled header; columns whose index is in `numbers` are flush right."""
    widths = _widths((header, *rows))
    rule = ["-" * width for width in widths]
    return "\n".join(_line(row, widths, numbers) for row in (header, rule, *rows))


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows in aligned columns."""
    widths = _widths(rows)
    return "\n".join(_line(row, widths, frozenset()) for row in rows)


def shape_text(shape: Sequence[int]) -> str:
    """A shape as people write it: 224 x 224 x 3."""
    return " x ".join(map(str, shape)) or "scalar"


def count_text(number: int) -> str:
    """A large number with two digits behind the point: 4.09 G, or 0.43 M below a hundred million."""
    size, unit = (1e9, "G") if number >= 1e8 else (1e6, "M")
    return f"{number / size:.2f} {unit}"


def shortened(text: str, width: int) -> str:
    """A text of at most this many characters; what is cut off is shown as `...`."""
    return text if len(text) <= width else text[: width - 3].rstrip(" ,;") + "..."


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(row: Sequence[str], widths: Sequence[int], numbers: frozenset[int]) -> str:
    cells = [
        cell.rjust(width) if index in numbers else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
