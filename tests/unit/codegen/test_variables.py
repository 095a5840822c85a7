"""Names of variables, and what one takes over from another."""

from __future__ import annotations

import pytest

from archspec.codegen.variables import handed_over


@pytest.mark.parametrize(
    ("pairs", "statements"),
    [
        ([("x", "x"), ("y", "z")], ["y = z"]),
        ([("y", "x"), ("z", "u")], ["y = x", "z = u"]),
        ([("y", "x"), ("z", "y")], ["y, z = x, y"]),
        ([("z", "y"), ("y", "x")], ["z = y", "y = x"]),
        ([("a", "a"), ("y", "z"), ("z", "y")], ["y, z = z, y"]),
    ],
)
def test_all_values_are_taken_over_as_they_were(pairs: list[tuple[str, str]], statements: list[str]) -> None:
    assert handed_over(pairs) == statements
    before = {name: name.upper() for pair in pairs for name in pair}
    after = dict(before)
    exec("\n".join(statements), {}, after)
    assert {name: after[name] for name, _ in pairs} == {name: before[other] for name, other in pairs}
