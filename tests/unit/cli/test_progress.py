"""What is said while a command works: the phase, and the time that is left."""

from __future__ import annotations

import pytest

import archspec
from archspec.cli.progress import Work
from archspec.cli.screen import cut, screen_width
from archspec.comparison import Phase
from tests.unit.cli.screens import Screen

WIDE = 200


def test_the_line_names_the_phase() -> None:
    work = Work("training lenet", now=100.0)
    assert work.line(103.0, WIDE) == "training lenet (3 s)"
    work.enter(Phase("gradients in torch"), now=104.0)
    assert work.line(105.0, WIDE) == "training lenet: gradients in torch (5 s)"
    assert work.said(105.0) == "training lenet (5 s)"


def test_the_time_left_goes_by_the_steps_that_are_done() -> None:
    work = Work("training lenet", now=0.0)
    work.enter(Phase("adam in torch, step 1 of 5", 0, 40), now=20.0)
    assert work.line(29.0, WIDE).endswith("step 1 of 5 (29 s)")
    work.enter(Phase("adam in torch, step 2 of 5", 2, 40), now=40.0)
    assert work.line(50.0, WIDE).endswith("step 2 of 5 (50 s, 6 min left)")
    work.enter(Phase("rmsprop in torch, step 5 of 5", 38, 40), now=400.0)
    assert work.line(405.0, WIDE).endswith("step 5 of 5 (405 s, 15 s left)")
    assert work.line(500.0, WIDE).endswith("step 5 of 5 (500 s)")


@pytest.mark.parametrize("width", [1, 5, 20, 40, 80])
def test_the_line_is_never_wider_than_the_screen(width: int) -> None:
    work = Work("training efficientnet_b7", now=0.0)
    work.enter(Phase("rmsprop in tensorflow, step 3 of 5", 5, 40), now=100.0)
    assert len(work.line(5000.0, width)) < width


def test_the_phase_is_the_last_thing_that_is_cut() -> None:
    work = Work("training inception_resnet_v2_keras", now=0.0)
    work.enter(Phase("rmsprop in tensorflow, step 3 of 5", 5, 40), now=100.0)
    said = "rmsprop in tensorflow, step 3 of 5 (101 s, 12 min left)"
    assert work.line(101.0, 80) == f"training in…t_v2_keras: {said}"
    assert work.line(101.0, 60) == f"trai…ras: {said.replace('n tenso', '…')}"


def test_training_says_its_phases() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    layers = [{"name": "fc", "layer_type": "Dense", "units": 2, "input_shape": [3]}]
    phases: list[Phase] = []
    archspec.training_parity(layers, steps=2, progress=phases.append)
    said = [phase.doing for phase in phases]
    assert said[:5] == [
        "building the models",
        "gradients in torch",
        "gradients in tensorflow",
        "comparing the gradients",
        "finding how large a step may be",
    ]
    assert said[5:9] == [f"sgd in {name}, step {step} of 2" for step in (1, 2) for name in ("torch", "tensorflow")]
    assert [phase.done for phase in phases[5:]] == list(range(16))
    assert {phase.steps for phase in phases[5:]} == {16}


def test_the_width_is_that_of_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    with Screen(columns=57) as screen:
        assert screen_width(screen.terminal) == 57
        monkeypatch.setenv("COLUMNS", "33")
        assert screen_width(screen.terminal) == 33
        monkeypatch.setenv("COLUMNS", "wide")
        assert screen_width(screen.terminal) == 57
    assert screen_width(None) is None


@pytest.mark.parametrize(
    ("width", "shown"), [(9, "abcdefghi"), (8, "abcd…ghi"), (3, "a…i"), (2, "a…"), (1, "…"), (0, "")]
)
def test_the_middle_of_what_is_long_is_cut(width: int, shown: str) -> None:
    assert cut("abcdefghi", width) == shown
