"""Runs things by turns, so that all of them meet the same machine, and takes their times."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")

Action = Callable[[], object]
Clock = Callable[[], float]
"""Gives seconds from any beginning."""

ROUNDS = 30
"""The usual number: medians of ten rounds differed by a tenth between two runs."""

LEAST_ROUNDS = 10
"""Of fewer rounds, three quarters are on one side by chance too often."""

WARM_UP = 3
"""Rounds that do not count."""

LEAST_SECONDS = 0.01
"""How long a measurement takes at least: a shorter action is called several times."""


def in_turns(actions: Sequence[Callable[[], T]], rounds: int) -> list[list[T]]:
    """The results of all actions, in their order, for each round.

    Every other round goes backwards, so that none always profits from the one before it.
    """
    found: list[list[T]] = []
    for number in range(rounds):
        order = range(len(actions)) if number % 2 == 0 else reversed(range(len(actions)))
        results = {index: actions[index]() for index in order}
        found.append([results[index] for index in range(len(actions))])
    return found


def seconds_by_turns(actions: Sequence[Action], rounds: int, clock: Clock = perf_counter) -> list[list[float]]:
    """The seconds that a call of each action takes, in each round, after rounds that do not count."""
    for action in actions:
        action()  # the first call traces, compiles and allocates
    # What exists by now is not looked at again, so that collecting garbage takes no time.
    gc.collect()
    gc.freeze()
    longest = max(_seconds(action, 1, clock) for action in actions)
    calls = math.ceil(LEAST_SECONDS / longest) if 0 < longest < LEAST_SECONDS else 1
    measured = in_turns([partial(_seconds, action, calls, clock) for action in actions], WARM_UP + rounds)
    gc.unfreeze()
    by_round = measured[WARM_UP:]
    return [list(times) for times in zip(*by_round, strict=True)]


def _seconds(action: Action, calls: int, clock: Clock) -> float:
    """The seconds of one of several calls; garbage of earlier calls is collected before."""
    gc.collect()
    begin = clock()
    for _ in range(calls):
        action()
    return (clock() - begin) / calls
