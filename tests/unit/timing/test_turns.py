"""Turns, with a clock that stands still unless an action moves it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from archspec.timing.turns import LEAST_SECONDS, WARM_UP, in_turns, seconds_by_turns


class FakeClock:
    """Moves by what actions take."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[str] = []

    def __call__(self) -> float:
        return self.now

    def action(self, name: str, seconds: Callable[[int], float]) -> Callable[[], None]:
        """An action whose call with this number, counted from 0, takes these seconds."""

        def run() -> None:
            self.now += seconds(self.calls.count(name))
            self.calls.append(name)

        return run


def test_every_other_round_goes_backwards() -> None:
    order: list[str] = []

    def action(name: str) -> str:
        order.append(name)
        return name

    found = in_turns([partial(action, name) for name in "abc"], 3)
    assert "".join(order) == "abccbaabc"
    assert found == [["a", "b", "c"]] * 3


def test_the_seconds_of_each_action_by_round() -> None:
    clock = FakeClock()
    actions = [clock.action("one", lambda call: 1.0), clock.action("two", lambda call: 2.0 + call)]
    one, two = seconds_by_turns(actions, 4, clock)
    assert one == [1.0] * 4
    # Two calls, and the rounds that warm up, do not count.
    assert two == pytest.approx([2.0 + call for call in range(2 + WARM_UP, 2 + WARM_UP + 4)])


def test_a_short_action_is_called_until_the_clock_can_tell() -> None:
    clock = FakeClock()
    (times,) = seconds_by_turns([clock.action("short", lambda call: LEAST_SECONDS / 8)], 5, clock)
    assert times == pytest.approx([LEAST_SECONDS / 8] * 5)
    assert len(clock.calls) == 2 + 8 * (WARM_UP + 5)


def test_a_clock_that_stands_still_ends_too() -> None:
    assert seconds_by_turns([lambda: None], 3, lambda: 0.0) == [[0.0] * 3]
