"""The tables of docs/weights.md are what was measured."""

from __future__ import annotations

import pytest

from tests.docs.pages import ROOT, read, with_parts
from tests.docs.weights_tables import parts
from tests.peers.applications import BUILDERS, FORMATS
from tests.peers.test_application_files import KEPT
from tests.peers.timm_networks import key, known, measured

PAGE = "docs/weights.md"


def test_the_page_has_what_was_measured(request: pytest.FixtureRequest) -> None:
    made = with_parts(read(PAGE), parts())
    if request.config.getoption("--regenerate"):
        (ROOT / PAGE).write_text(made, encoding="utf-8")
    assert read(PAGE) == made, "run pytest tests/docs --regenerate"


@pytest.mark.parametrize("network", KEPT.read())
def test_each_format_of_a_builder_is_read(network: str) -> None:
    found = KEPT.read()[network]
    assert BUILDERS[found["builder"]] == network
    assert list(found["formats"]) == list(FORMATS)
    assert all(found["formats"].values())
    assert found["difference"] is None or 0 < found["difference"] < 1e-10


def test_every_network_of_timms_was_measured() -> None:
    assert [*measured()] == [key(row) for row in known()], "run pytest --full tests/peers/test_timm.py --regenerate"
    for row in known():
        difference = measured()[key(row)].get("difference")
        assert difference is None or (difference > 1e-6 if row.differs else difference <= 1e-10), row
