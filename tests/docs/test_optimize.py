"""docs/optimize.md lists the passes in their order."""

from __future__ import annotations

import re
from pathlib import Path

from archspec.optimizing import PASSES

PAGE = Path(__file__).parents[2] / "docs" / "optimize.md"


def test_the_page_has_every_pass_in_order() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [each.__name__ for each in PASSES]
