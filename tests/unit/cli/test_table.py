"""Tables: in whole in a pipe, and as wide as a screen."""

from __future__ import annotations

import pytest

from archspec.cli.table import WHOLE, paragraph, table

HEADER = ["layer", "type", "size"]
ROWS = [["features.denseblock1.denselayer1.conv1", "Conv2D", "9,408"], ["fc", "GlobalAveragePooling2D", "0"]]
SIZE = frozenset({2})


def test_tables_line_up() -> None:
    assert table(["a", "n"], [["long", "1"], ["b", "10"]], frozenset({1})) == ("a      n\n----  --\nlong   1\nb     10")
    assert table(["a"], []) == "a\n-"


def test_nothing_is_cut_without_a_width_or_with_enough() -> None:
    assert table(HEADER, ROWS, SIZE) == table(HEADER, ROWS, SIZE, width=69)
    assert "features.denseblock1.denselayer1.conv1  Conv2D                  9,408" in table(HEADER, ROWS, SIZE)


def test_the_longest_cells_are_cut_in_the_middle_first() -> None:
    assert table(HEADER, ROWS, SIZE, width=53).splitlines() == [
        "layer                   type                     size",
        "----------------------  ----------------------  -----",
        "features.de…yer1.conv1  Conv2D                  9,408",
        "fc                      GlobalAveragePooling2D      0",
    ]
    assert "GlobalAv…ooling2D" in table(HEADER, ROWS, SIZE, width=44)


@pytest.mark.parametrize("width", range(1, 72))
def test_a_table_is_never_wider_than_the_screen_but_for_its_first_column(width: int) -> None:
    lines = table(HEADER, ROWS, SIZE, width=width).splitlines()
    said = [line for line in lines if not line.startswith("(too narrow")]
    assert max(map(len, said)) <= max(width, 14)
    shown = len(lines[0].split())
    assert (shown < 3) == (lines[-1] == f"(too narrow for: {', '.join(HEADER[shown:])})")


def test_numbers_and_what_is_whole_are_not_cut() -> None:
    text = table(["name", "shape", "n"], [["x" * 30, "224 x 224 x 64", "1" * 30]], SIZE, width=64, least={1: WHOLE})
    assert "224 x 224 x 64" in text
    assert "1" * 30 in text
    assert "x" * 8 + "…" + "x" * 7 in text


def test_a_paragraph_is_as_wide_as_the_screen() -> None:
    assert paragraph("one two three", None) == "one two three"
    assert paragraph("one two three", 9) == "one two\n  three"
    assert paragraph("one", 1) == "one"
