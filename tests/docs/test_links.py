"""Links between the project's pages lead somewhere, and so do the paths and commands that CONTRIBUTING.md names."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, blocks, links, read, without_blocks, words

CONTRIBUTING = "CONTRIBUTING.md"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in links(page):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        place = (ROOT / page).parent / path if path else ROOT / page
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(str(place.resolve().relative_to(ROOT))), target


def test_contributing_names_every_check_of_ci() -> None:
    commands = {
        line.partition("  #")[0].strip() for block in blocks(CONTRIBUTING, "sh") for line in block.text.splitlines()
    }
    steps = re.findall(r"^(ruff .+|mypy|lint-imports)$", read(".ci/run"), re.MULTILINE)
    assert len(steps) == 4
    assert set(steps) <= commands


def test_the_files_that_contributing_names_are_there() -> None:
    named = [word for word in words(without_blocks(CONTRIBUTING)) if re.fullmatch(r"[\w.]+/[\w./]*", word)]
    assert len(named) > 20
    for path in named:
        assert (ROOT / path).exists(), path


def test_contributing_is_one_page() -> None:
    assert len(read(CONTRIBUTING).splitlines()) <= 120
