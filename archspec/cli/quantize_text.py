"""The output of `archspec export --quantize`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.filesize import decimal

from archspec.cli.table import table

if TYPE_CHECKING:
    from archspec.exporting import QuantizedOutput, QuantizeReport


def text(report: QuantizeReport) -> str:
    """The figures of each output, on which examples they are, and what judges them."""
    header = ("output", "top-1 agreement", "mean error")
    rows = [_row(each) for each in report.outputs]
    return "\n".join([table(header, rows, frozenset((1, 2))), "", _verdict(report)])


def _row(output: QuantizedOutput) -> tuple[str, ...]:
    agreement = "no classes" if output.agreement is None else f"{output.agreement:.1%}"
    return output.name, agreement, f"{output.error:.2%}"


def _verdict(report: QuantizeReport) -> str:
    measured = "the same examples" if report.same else f"{report.examples} other examples"
    return (
        f"{report.path} ({decimal(report.size)}): int8, calibrated on {report.calibration} examples and compared with "
        f"{report.backend} in float32 on {measured}; no rule judges a quantised file"
    )
