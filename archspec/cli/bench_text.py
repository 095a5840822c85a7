"""A measurement's times as text."""

from __future__ import annotations

from archspec.cli.table import shape_text, table
from archspec.timing.report import BenchReport, Comparison, Row
from archspec.timing.spread import QUIET, Spread, Verdict

_HEADER = ("backend", "network", "batch", "ms", "quartiles", "noise", "images/s", "memory")
_COMPARED = ("backend", "batch", "network", "against", "speed", "quartiles", "verdict")
_NUMBERS = frozenset({2, 3, 4, 5, 6, 7})
_SPEEDS = frozenset({1, 4, 5})


def text(report: BenchReport, width: int | None = None) -> str:
    """The tables, and sentences about where they were measured and how noisy it was; for a screen of this width."""
    inputs = ", ".join(f"{name} {shape_text(axes)}" for name, axes in report.inputs.items())
    title = f"{report.network}, {inputs}, float32: medians of {report.rounds} rounds"
    parts = [title, table(_HEADER, [_row(report, row) for row in report.rows], _NUMBERS, width=width)]
    if report.comparisons:
        parts.append(table(_COMPARED, [_comparison(each) for each in report.comparisons], _SPEEDS, width=width))
    return "\n\n".join([*parts, "\n".join(_remarks(report))])


def _row(report: BenchReport, row: Row) -> tuple[str, ...]:
    time = row.seconds.times(1e3)
    memory = "unknown" if row.memory is None else f"{row.memory / 1e6:,.0f} MB"
    return (
        row.backend,
        row.network,
        str(row.batch),
        _number(time.median),
        _quartiles(time),
        f"{report.noise_in(row.backend, row.batch).factor - 1:.1%}",
        _number(row.images_a_second),
        memory,
    )


def _comparison(each: Comparison) -> tuple[str, ...]:
    speed = each.speed
    return (
        each.backend,
        str(each.batch),
        each.network,
        each.against,
        f"{speed.median:.2f}",
        f"{speed.lower:.2f} to {speed.upper:.2f}",
        str(each.verdict),
    )


def _remarks(report: BenchReport) -> list[str]:
    lines = [_where(name, each.device, each.threads) for name, each in report.environments.items()]
    lines.append("noise: by how much, at most, two runs of the same network differ in half of the rounds")
    lines += _untold(report)
    lines += _other_outputs(report)
    if any(row.memory is None for row in report.rows):
        lines.append("memory: this system does not tell the peak of a part of a program")
    if not report.quiet:
        lines.append(
            f"the machine was too noisy to tell small differences: the noise should be {QUIET - 1:.0%} or less; the "
            f"load average was {report.load:.1f} on {_count(report.processors, 'processor')} when it began"
        )
    return lines


def _where(backend: str, device: str, threads: int) -> str:
    return f"{backend}: {device}; {_count(threads, 'thread')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _untold(report: BenchReport) -> list[str]:
    """What keeps a verdict back."""
    lines: list[str] = []
    for each in report.comparisons:
        if each.verdict is not Verdict.UNTOLD:
            continue
        noise = report.noise_in(each.backend, each.batch)
        around = each.speed.lower <= 1 <= each.speed.upper
        alone = f"the noise of both alone makes a factor {noise.factor**2:.2f}"
        reason = "the quartiles lie on both sides of 1" if around else alone
        lines.append(f"{each.network} and {each.against}, batch of {each.batch}: {each.verdict}, because {reason}")
    return lines


def _other_outputs(report: BenchReport) -> list[str]:
    """Networks with another number of outputs than the compiled one: they do more or less work."""
    own = {row.backend: row.outputs for row in report.rows if row.network == report.network}
    others = {row.network: row for row in report.rows if row.outputs != own[row.backend]}
    return [
        f"{name} has {_count(row.outputs, 'output')}, and {report.network} {own[row.backend]}: it is not the same work"
        for name, row in others.items()
    ]


def _quartiles(spread: Spread) -> str:
    return f"{_number(spread.lower)} to {_number(spread.upper)}"


def _number(value: float) -> str:
    """Three digits or more."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}"
