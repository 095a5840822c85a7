"""The output of `archspec export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.filesize import decimal

from archspec.cli.table import shape_text, table

if TYPE_CHECKING:
    from archspec.exporting import ExportedOutput, ExportReport


def text(report: ExportReport) -> str:
    """The distances of each output, and the verdict."""
    header = ("output", "input", f"{report.backend} float32", report.target, "difference", "allowed", "verdict")
    rows = [_row(each) for each in report.outputs]
    notes = [f"{each.mismatch.sentence()}." for each in report.outputs if each.mismatch]
    return "\n".join([table(header, rows, frozenset(range(2, 6))), "", *notes, _verdict(report)])


def _row(output: ExportedOutput) -> tuple[str, ...]:
    sizes = ", ".join(map(shape_text, output.inputs.values()))
    numbers = (output.compiled, output.exported, output.difference, output.allowed)
    return output.name, sizes, *map("{:.1e}".format, numbers), "same" if output.passed else "DIFFERS"


def _verdict(report: ExportReport) -> str:
    if not report.passed:
        return f"{report.network}: {report.target} and {report.backend} DIFFER, so nothing was left"
    return (
        f"{report.path} ({decimal(report.size)}): {report.target} and {report.backend} are the same function, "
        f"{report.largest:.1e} apart in float32"
    )
