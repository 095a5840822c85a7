"""How diagnostics look."""

from __future__ import annotations

from archspec.errors import Diagnostic, Source, Span
from archspec.source import render


def show(text: str, marked: str, **more: object) -> str:
    start = text.index(marked)
    where = Span(Source("lenet.yaml", text), start, start + len(marked))
    return render([Diagnostic("unknown-layer", 'there is no layer type "Conv2d"', where, **more)])  # type: ignore[arg-type]


def carets(shown: str) -> tuple[str, str]:
    """The line of source without its number, and what of it the carets stand under."""
    line, marks = shown.splitlines()[2:4]
    bar = line.index("|") + 2
    line, marks = line[bar:], marks[bar:]
    return line, line[marks.index("^") : marks.rindex("^") + 1]


def test_a_diagnostic_shows_the_line_and_what_was_meant() -> None:
    text = "a: 1\n" * 9 + "  - layer_type: Conv2d\n"
    shown = show(text, "Conv2d", hint='did you mean "Conv2D"?', notes=("in block Stem, used at line 40",))
    assert shown == (
        'lenet.yaml:10:17: error: there is no layer type "Conv2d" [unknown-layer]\n'
        "   |\n"
        "10 |   - layer_type: Conv2d\n"
        "   |                 ^^^^^^\n"
        '   = hint: did you mean "Conv2D"?\n'
        "   = note: in block Stem, used at line 40\n"
    )


def test_without_a_text_the_path_stands_for_the_place() -> None:
    fault = Diagnostic("wrong-type", "filters is a number", "layers[3].filters", hint="write 3")
    assert render([fault]) == "layers[3].filters: error: filters is a number [wrong-type]\n  = hint: write 3\n"
    assert render([Diagnostic("x", "y", severity="warning")]) == "warning: y [x]\n"
    assert render([]) == ""


def test_diagnostics_are_parted_by_an_empty_line() -> None:
    assert render([Diagnostic("x", "y"), Diagnostic("x", "z")]) == "error: y [x]\n\nerror: z [x]\n"


def test_long_lines_are_cut_around_the_caret() -> None:
    for before, after in ((0, 500), (500, 0), (500, 500), (120, 3), (3, 120), (90, 3), (90, 8)):
        shown = show("b" * before + "WORD" + "a" * after, "WORD")
        line, marked = carets(shown)
        assert marked == "WORD"
        assert len(line) <= 100
        assert line.startswith("...") == (before > 90 or after == 8)
        assert line.endswith("...") == (after > 100)


def test_a_long_word_is_cut_too() -> None:
    line, marked = carets(show("x" * 100_000, "x" * 100_000))
    assert len(line) <= 100
    assert marked == line.removesuffix("...")


def test_tabs_and_wide_characters_keep_the_caret_under_the_word() -> None:
    shown = show("a:\t日本 é WORD", "WORD")
    line, marks = shown.splitlines()[2:4]
    assert line == "1 | a:  日本 é WORD"
    assert marks.index("^") == line.index("WORD") + 2  # two characters of two columns each
    assert marks.count("^") == 4


def test_combining_characters_take_no_column() -> None:
    line, marks = show("e\u0301 WORD", "WORD").splitlines()[2:4]
    assert marks.index("^") == line.index("WORD") - 1


def test_control_characters_are_never_printed() -> None:
    source = Source("evil\x1b.yaml", "a: \x1b[31m\u202e WORD\x07")
    where = Span(source, 10, 14)
    shown = render([Diagnostic("x", "say \x1b]0;\n", where, hint="\x00", notes=("\u2028",))])
    assert all(character.isprintable() for character in shown.replace("\n", ""))
    assert carets(shown) == (r"a: \x1b[31m\u202e WORD\x07", "WORD")
    assert len(shown.splitlines()) == 6


def test_a_span_over_lines_is_marked_to_the_end_of_the_first() -> None:
    assert carets(show("a: {b: 1,  \n  c: 2}\n", "{b: 1,  \n  c: 2}"))[1] == "{b: 1,"


def test_an_empty_span_has_one_caret() -> None:
    source = Source("f", "filters:\nx: 1\n")
    assert "  |         ^\n" in render([Diagnostic("x", "y", Span(source, 8, 8))])
    assert render([Diagnostic("x", "y", Span(source, 14, 14))]).startswith("f:2:5:")


def test_color_only_adds_escapes() -> None:
    import re

    source = Source("f", "a: b")
    fault = Diagnostic("x", "y", Span(source, 3, 4), hint="h", notes=("n",))
    colored = render([fault], color=True)
    assert "\x1b[1;31m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render([fault])
