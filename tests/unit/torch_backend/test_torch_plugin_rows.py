"""Rows that other packages bring."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.errors import EmitError
from archspec.ir import Layer
from archspec_torch import emit
from archspec_torch.emit import Row, row_for
from archspec_torch.emit.helpers import HELPERS


class Sine(Layer):
    """The sine."""


class Cosine(Layer):
    """The cosine, which has no row."""


class Tangent(Layer):
    """The tangent, whose entry point is no row."""


@pytest.fixture(autouse=True)
def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with an entry point for Sine's row, and a wrong one for Tangent's."""
    info = tmp_path / "waves-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: waves\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[archspec_torch.rows]\nSine = waves:ROW\nTangent = waves:NAME\n")
    (tmp_path / "waves.py").write_text(
        "from archspec.program.calls import Call, Function\n"
        "from archspec_torch.emit import Row, TorchLayer\n"
        "ROW = Row(lambda site: TorchLayer(Call('Sine'), Function('torch.sin({0})')), overwrites=True)\n"
        "NAME = 'tangent'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


def test_a_row_is_found_by_its_layers_name() -> None:
    row = row_for(Sine())
    assert isinstance(row, Row)
    assert row.overwrites


def test_a_layer_without_a_row_says_where_one_goes() -> None:
    with pytest.raises(EmitError, match=r"no row for the layer Cosine.*archspec_torch/emit.*archspec_torch\.rows"):
        row_for(Cosine())


def test_an_entry_point_that_is_no_row_is_told() -> None:
    with pytest.raises(EmitError, match=r"waves:NAME of group archspec_torch\.rows should be a Row"):
        row_for(Tangent())


def test_every_helper_is_used_by_a_row_and_knows_nothing_of_archspec() -> None:
    rows = "".join(path.read_text() for path in Path(emit.__file__).parent.glob("*.py"))
    for name, source in HELPERS.items():
        others = (text for other, text in HELPERS.items() if other != name)
        assert any(name.removesuffix("1d").removesuffix("2d") in text for text in (rows, *others))
        assert "archspec" not in source
