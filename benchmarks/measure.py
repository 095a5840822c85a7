"""Times that can be compared, by the clock and in processor time, of anything that Python can call.

What is compared runs by turns, so that both meet the same machine. `archspec bench` measures forward passes alone.
"""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

from archspec.timing.turns import in_turns

Action = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, and the most that it should be, if anybody said. Counts are `int`."""

    name: str
    value: float
    unit: str
    target: float | None = None
    note: str = ""

    def __str__(self) -> str:
        number = str(self.value) if isinstance(self.value, int) else f"{self.value:.2f}"
        target = "" if self.target is None else f"at most {self.target:g}"
        return f"  {self.name:58} {f'{number} {self.unit}':>12}  {target:14} {self.note}".rstrip()


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long something took, by the clock and in processor time of all threads and of finished child processes.

    The clock runs on while other programs have the processor; processor time does not.
    """

    wall: float
    cpu: float


def measure(action: Action) -> Seconds:
    """The time that one run takes. The garbage of earlier runs is collected before it, that of its own after it."""
    gc.collect()
    cpu, wall = _cpu(), time.perf_counter()
    result = action()
    seconds = Seconds(time.perf_counter() - wall, _cpu() - cpu)
    del result
    return seconds


def repeat(action: Action, rounds: int) -> Seconds:
    """The medians of several runs, after one that does not count."""
    action()
    return medians([measure(action) for _ in range(rounds)])


def medians(times: list[Seconds]) -> Seconds:
    """The median by the clock, and the median of processor time."""
    return Seconds(median(each.wall for each in times), median(each.cpu for each in times))


def compare(
    name: str, ours: Action, theirs: Action, *, target: float | None, rounds: int, reset: Action = lambda: None
) -> Row:
    """Our time as a multiple of theirs, the median over rounds in which both run, in changing order.

    A first round does not count. `reset` runs before each run and is not timed.
    """

    def timed(action: Action) -> Seconds:
        reset()
        return measure(action)

    _, *pairs = in_turns([partial(timed, ours), partial(timed, theirs)], rounds + 1)
    mine, other = (medians([pair[side] for pair in pairs]) for side in (0, 1))
    wall = median(a.wall / b.wall for a, b in pairs)
    cpu = median(a.cpu / b.cpu for a, b in pairs)
    note = f"{cpu:.2f} in processor time; {milliseconds(mine)} against {milliseconds(other)}"
    return Row(name, wall, "times", target, note)


def milliseconds(seconds: Seconds) -> str:
    """Both times as text."""
    return f"{seconds.wall * 1e3:.1f} ms ({seconds.cpu * 1e3:.1f} ms)"


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
