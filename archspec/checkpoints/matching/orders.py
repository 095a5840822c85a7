"""Sequences of choices, of which each leads from one state to another: what can be chosen at each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

MOST_STATES = 4096
"""How many states may be possible before a step, unless a caller says how many."""

State = TypeVar("State")
Choice = TypeVar("Choice")
Moves = Callable[[State], Iterable[tuple[Choice, State]]]
"""What can be chosen in a state, each with the state that follows."""


class TooManyStatesError(Exception):
    """There are more states than are looked at."""


def choices(
    start: State,
    steps: Sequence[Moves[State, Choice]],
    accepts: Callable[[State], bool],
    *,
    most: int = MOST_STATES,
) -> list[set[Choice]] | None:
    """For each step what is chosen there on some way from the start to a state that is accepted; None for no such way.

    Forward all states are found that can be reached, backward those from which the end can be reached. Raises
    `TooManyStatesError`.
    """
    reached: list[set[State]] = [{start}]
    for moves in steps:
        states = {state for before in reached[-1] for _, state in moves(before)}
        if len(states) > most:
            raise TooManyStatesError
        reached.append(states)
    alive = {state for state in reached[-1] if accepts(state)}
    if not alive:
        return None
    possible: list[set[Choice]] = []
    for moves, states in zip(reversed(steps), reversed(reached[:-1]), strict=True):
        ways = [(state, choice) for state in states for choice, after in moves(state) if after in alive]
        alive = {state for state, _ in ways}
        possible.append({choice for _, choice in ways})
    return possible[::-1]
