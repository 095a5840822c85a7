"""A fixture that imports the program of data."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.training.programs import TEN, Load, text_of

_NUMBERS = count()


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """A function that imports the program of data."""
    names = []

    def imported(data: Any, classes: Sequence[str] = TEN, **others: Any) -> ModuleType:
        path = tmp_path / f"data{next(_NUMBERS)}.py"
        path.write_text(text_of(data, classes, **others), encoding="utf-8")
        spec = spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[path.stem] = module  # Grain's functions are found by it
        names.append(path.stem)
        spec.loader.exec_module(module)
        return module

    yield imported
    for name in names:
        del sys.modules[name]


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hugging Face's datasets keep converted tables in a folder of the test's own."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
