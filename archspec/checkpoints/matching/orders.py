"""Searches sequences of choices that lead from state to state, and collects the possible choices of each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

MOST_STATES = 4096
"""The default for the largest number of states before a step."""

State = TypeVar("State")
Choice = TypeVar("Choice")
Moves = Callable[[State], Iterable[tuple[Choice, State]]]
"""Gives the possible choices in a state, each with the next state."""


class TooManyStatesError(Exception):
    """There are too many states to search."""


def choices(
    start: State,
    steps: Sequence[Moves[State, Choice]],
    accepts: Callable[[State], bool],
    *,
    most: int = MOST_STATES,
) -> list[set[Choice]] | None:
    """The choices of each step on all ways from the start to an accepted state; None if there is no such way.

    A forward pass finds the reachable states, a backward pass those that reach the end. Raises `TooManyStatesError`.
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
