"""A function in a process of its own: its result, its errors, its end."""

from __future__ import annotations

import os

import pytest

from archspec.errors import BackendMissingError
from archspec.timing.asked import timed_backend
from archspec.timing.processes import ProcessEnded, in_process


def test_a_result_comes_from_another_process() -> None:
    assert in_process({}, os.getpid) != os.getpid()
    assert in_process({"ARCHSPEC_SAID": "3"}, os.getenv, "ARCHSPEC_SAID") == "3"


def test_what_is_printed_is_no_result(capfd: pytest.CaptureFixture[str]) -> None:
    assert in_process({}, print, "chatter") is None
    printed = capfd.readouterr()
    assert "chatter" in printed.err
    assert not printed.out


def test_an_error_of_archspec_is_raised_here_too() -> None:
    with pytest.raises(BackendMissingError, match="there is no backend 'nothing'"):
        in_process({}, timed_backend, "nothing")


def test_another_error_leaves_its_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="exit code 1"):
        in_process({}, int, "no number")
    assert "ValueError: invalid literal" in capfd.readouterr().err


def test_the_end_by_a_signal_is_told_with_its_name() -> None:
    with pytest.raises(ProcessEnded, match="ended by the signal SIGABRT, as for lack of memory"):
        in_process({}, os.abort)
