"""The memory of this process, where the system tells it."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from archspec.timing import memory
from archspec.timing.memory import give_back, peak_of, resident

SIZE = 100_000_000


def test_the_peak_has_what_was_freed_during_the_call_and_not_before() -> None:
    before = resident()
    if before is None or peak_of(lambda: None) is None:
        pytest.skip("this system does not tell it")
    with_it = peak_of(lambda: len(b"x" * SIZE))
    without = peak_of(lambda: None)
    assert with_it is not None
    assert without is not None
    assert with_it - without > SIZE * 0.8


def test_free_memory_between_what_lives_is_given_back() -> None:
    size, count = 50_000, 2000
    if not hasattr(ctypes.CDLL(None), "malloc_trim") or resident() is None:
        pytest.skip("only the GNU library on Linux gives it back")
    blocks = [b"x" * size for _ in range(count)]
    living = blocks[::100]
    del blocks
    before = resident()
    give_back()
    after = resident()
    assert before is not None
    assert after is not None
    assert before - after > size * count * 0.6
    assert all(block[:1] == b"x" for block in living)


def test_another_system_tells_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "RESET", tmp_path / "missing" / "clear_refs")
    monkeypatch.setattr(memory, "STATUS", tmp_path / "missing" / "status")
    assert peak_of(lambda: pytest.fail("there is nothing to measure")) is None
    assert resident() is None
