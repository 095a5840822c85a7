"""Tables as plain text: the same in a pipe as on a screen."""

from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int] = frozenset()) -> str:
    """Rows in aligned columns, two spaces apart; columns whose index is in `numbers` are flush right."""
    widths = [max(len(row[index]) for row in (header, *rows)) for index in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if index in numbers else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])


def shape_text(shape: Sequence[int]) -> str:
    """A shape as people write it: 224 x 224 x 3."""
    return " x ".join(map(str, shape)) or "scalar"
