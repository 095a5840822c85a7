"""How many messages there are: a hundred at most, each fault once, and no warnings beside errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.errors import Diagnostic, Source
from archspec.reading import check
from tests.diagnostics.program import messages, run

HEAD = "inputs: {image: [28, 28, 1]}\n"


def found(text: str) -> tuple[Diagnostic, ...]:
    """What is told of a spec."""
    return check(Source("net.yaml", text))[1]


def test_a_hundred_errors_are_told_and_how_many_more(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(HEAD + "layers:\n" + "".join(f"  - {{layer_type: Layer{n}}}\n" for n in range(150)))
    outcome = run("validate", str(spec), capture=capsys, monkeypatch=monkeypatch)
    told = list(messages(outcome.err))
    assert [message.marked for message in told] == [f"Layer{n}" for n in range(100)]
    assert outcome.err.endswith("\nnote: 50 more errors are not shown [too-many-errors]\n\n100 errors\n")
    assert outcome.code == 1


def test_many_warnings_are_no_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = tmp_path / "net.yaml"
    params = ", ".join(f"p{n}: 1" for n in range(300))
    spec.write_text(f"params: {{{params}}}\n{HEAD}layers: [{{layer_type: Flatten}}]\n")
    outcome = run("validate", str(spec), capture=capsys, monkeypatch=monkeypatch)
    assert outcome.err.endswith("\nnote: many more warnings are not shown [too-many-warnings]\n\n100 warnings\n")
    assert outcome.code == 0


def test_warnings_are_left_out_where_there_are_errors() -> None:
    text = HEAD + "layers: [{name: side, layer_type: ReLU}, {layer_type: Flatten, inputs: image}PART]\n"
    assert [each.code for each in found("params: {unused: 1}\n" + text.replace("PART", ""))] == [
        "unused-param",
        "unreachable-layer",
    ]
    assert [each.code for each in found("params: {unused: 1}\n" + text.replace("PART", ", {layer_type: Dens}"))] == [
        "unknown-layer"
    ]


VARIANTS = """
params: {{size: 1}}
variants: {{{variants}}}
inputs: {{image: [28, 28, 1]}}
layers:
  - {{layer_type: Conv2D, filters: 1, kernel_size: $size}}
"""


@pytest.mark.parametrize(
    ("sizes", "note"),
    [
        ((1, 30, 1), "in the variant v1"),
        ((30, 1, 31, 1), "in the variants v0, v2"),
        ((30, 30, 30, 30, 30, 1), "in the variants v0, v1, v2 and 2 more"),
        ((30, 31, 32), None),
    ],
)
def test_an_error_of_some_variants_names_them(sizes: tuple[int, ...], note: str | None) -> None:
    variants = ", ".join(f"v{index}: {{size: {size}}}" for index, size in enumerate(sizes))
    networks, (only,) = check(Source("net.yaml", VARIANTS.format(variants=variants)))
    assert only.notes == (() if note is None else (note,))
    assert [network.name for network in networks] == [f"v{index}" for index, size in enumerate(sizes) if size < 29]


def test_a_warning_of_every_variant_is_told_once() -> None:
    text = VARIANTS.format(variants="a: {}, b: {}").replace("{size: 1}", "{size: 1, odd: 2}")
    networks, (only,) = check(Source("net.yaml", text))
    assert (only.code, only.notes, len(networks)) == ("unused-param", (), 2)


def test_what_is_not_shown_of_several_variants_is_counted() -> None:
    layers = "".join(f"  - {{layer_type: Layer{n}}}\n" for n in range(150))
    told = found("params: {size: 1}\nvariants: {a: {}, b: {size: 2}}\n" + HEAD + "layers:\n" + layers)
    assert [each.message for each in told[99:]] == ['no layer type is called "Layer99"', "50 more errors are not shown"]
