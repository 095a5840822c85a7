"""The bars of a measurement."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

import archspec
from archspec.errors import BackendMissingError
from archspec.timing import plot
from archspec.timing.plot import check_plot, draw
from tests.unit.timing.reports import NOISY, QUIET, scripted
from tests.unit.timing.test_running import PEER, SMALL


@pytest.mark.parametrize("again", [QUIET, NOISY])
def test_a_plot_has_a_panel_for_each_batch_and_a_bar_for_each_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, again: list[float]
) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    scripted(monkeypatch, {"small": QUIET, PEER: QUIET}, again)
    report = archspec.bench(SMALL, against=[PEER])
    with matplotlib.rc_context({"svg.fonttype": "none"}):  # text, and no outlines of it
        draw(report, tmp_path / "bars.svg")
    drawn = (tmp_path / "bars.svg").read_text(encoding="utf-8")
    for text in ("batch of 1", "batch of 8", f"torch: {PEER}", "torch: small", "tensorflow: small", "milliseconds"):
        assert text in drawn
    assert ("the machine was noisy" in drawn) == (again is NOISY)


@pytest.mark.parametrize("ending", plot.ENDINGS)
def test_the_ending_says_the_format(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: str) -> None:
    pytest.importorskip("matplotlib")
    scripted(monkeypatch, {"small": QUIET}, QUIET)
    draw(archspec.bench(SMALL), tmp_path / f"bars{ending}")
    head = (tmp_path / f"bars{ending}").read_bytes()[:100]
    assert {".pdf": b"%PDF", ".png": b"PNG", ".svg": b"<?xml"}[ending] in head


def test_what_a_plot_needs_is_told_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"a plot's name ends in \.pdf, \.png, \.svg"):
        check_plot(tmp_path / "bars.txt")
    with pytest.raises(FileNotFoundError):
        check_plot(tmp_path / "missing" / "bars.svg")
    monkeypatch.setattr(plot, "find_spec", lambda name: None if name == "matplotlib" else find_spec(name))
    with pytest.raises(BackendMissingError, match=r"a plot needs matplotlib: pip install archspec-nn\[train\]"):
        check_plot(tmp_path / "bars.svg")
