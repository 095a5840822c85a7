"""Which word was probably meant."""

from __future__ import annotations

import pytest

from archspec.spec.suggest import closest, did_you_mean


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("conv2d", "Conv2D"),
        ("Conv", "Conv2D"),
        ("stride", "strides"),
        ("BatchNorm", "BatchNormalization"),
        ("", None),
        ("xyz", None),
        ("c" * 200, None),
        ("Conv2D", None),
    ],
)
def test_closest(word: str, expected: str | None) -> None:
    options = ["Conv2D", "strides", "BatchNormalization", "x" * 500]
    assert closest(word, options) == expected
    assert did_you_mean(word, options) == (f'did you mean "{expected}"?' if expected else None)


@pytest.mark.parametrize("word", ["-1", "12", "+2"])
def test_a_number_is_no_slip_of_another(word: str) -> None:
    assert closest(word, ["1", "2", "13"]) is None
