"""docs/export.md has what was measured, and the targets that there are."""

from __future__ import annotations

import pytest

from archspec.backend import find_backend
from archspec.backend.exporting import ExportingBackend
from archspec.exporting import target_names
from archspec.program.names import snake
from tests.docs.export_table import parts
from tests.docs.pages import ROOT, read, table, with_parts, words
from tests.zoo.exported import EXPORTED, TARGETS
from tests.zoo.small import NETWORKS

PAGE = "docs/export.md"


def test_the_page_has_what_was_measured(request: pytest.FixtureRequest) -> None:
    made = with_parts(read(PAGE), parts())
    if request.config.getoption("--regenerate"):
        (ROOT / PAGE).write_text(made, encoding="utf-8")
    assert read(PAGE) == made, "run pytest tests/docs --regenerate"


def test_the_targets_are_those_of_the_backends() -> None:
    rows = {words(row[0])[0]: row for row in table(PAGE, "Export")}
    assert sorted(rows) == target_names()
    assert {*rows} - {*TARGETS} == {"hub-folder"}  # PyTorch itself runs it
    for backend, framework in (("torch", "PyTorch"), ("tensorflow", "Keras")):
        found = find_backend(backend)
        assert isinstance(found, ExportingBackend)
        for name, target in found.targets.items():
            _, file, made_from, _, _, packages = rows[name]
            assert made_from == framework
            alike = [word for word, each in found.targets.items() if each.ending == target.ending]
            stem = "NETWORK" if target.ending and name == alike[0] else f"NETWORK_{snake(name)}"
            assert words(file) == [f"{stem}{target.ending}"]
            assert " ".join(words(packages)).split() == list(target.packages)


@pytest.mark.parametrize("name", EXPORTED.read())
def test_what_was_left_is_within_what_is_allowed(name: str) -> None:
    assert name in NETWORKS
    for found in EXPORTED.read()[name]["targets"].values():
        # Two digits are kept of each.
        assert found.get("reason") or found["exported"] <= found["allowed"] * 1.1
