"""Whatever the text: no exception, little time, little memory."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.errors import Source, Span
from archspec.source import read_document, render
from archspec.source.faults import MAX_DEPTH, MAX_FAULTS
from tests.marks import slow_but
from tests.patience import soon

SIZE = 1_000_000

HOSTILE = {
    "deep flow": ("[" * 10_000, "too-deep"),
    "deep mappings": ("{a: " * 10_000, "too-deep"),
    "deep block": ("- " * 10_000, "too-deep"),
    "deep block mappings": ("".join(" " * depth + "a:\n" for depth in range(1_000)), "too-deep"),
    "brackets": ("[" * SIZE, "too-deep"),
    "braces": ("{" * SIZE, "bad-key"),
    "dashes": ("- " * (SIZE // 2), "too-deep"),
    "items": ("- \n" * (SIZE // 3), "too-many-values"),
    "empty lists": ("[" + "[]," * (SIZE // 3) + "]", "too-many-values"),
    "one text": ("a: " + "x" * SIZE, None),
    "one quoted text": ('a: "' + "x" * SIZE + '"', None),
    "one block text": ("a: |\n" + "  x\n" * (SIZE // 4), None),
    "one number": ("a: " + "9" * SIZE, "bad-number"),
    "keys": ("".join(f"k{index}:\n" for index in range(SIZE // 8)), None),
    "same keys": ("a:\n" * (SIZE // 3), "duplicate-key"),
    "number keys": ("1:\n" * (SIZE // 3), "bad-key"),
    "aliases": ("- &a [x]\n" + "- *a\n" * (SIZE // 5), "too-many-values"),
    "anchors": ("[" + "&a ," * (SIZE // 4) + "]", "too-many-values"),
    "line ends": ("\n" * SIZE, "empty-document"),
    "quotes": ('["' + '\\"' * (SIZE // 2), "unclosed-quote"),
    "lines in a bracket": ("a: [\n" + " xxxx,\n" * (SIZE // 7) + "b", "unclosed-bracket"),
    "blank lines before a fault": ("a: x\n" + " \n" * (SIZE // 2) + " b: c", "bad-indentation"),
    "NULs": ("\0" * SIZE, "bad-character"),
}


QUICK = ("deep block", "keys", "aliases", "blank lines before a fault")
"""One for each way to go through a text."""


@pytest.mark.parametrize("name", slow_but(QUICK, HOSTILE))
def test_a_hostile_yaml_text_is_read_quickly(name: str) -> None:
    text, code = HOSTILE[name]
    with soon():
        _, faults = read_document(Source("net.yaml", text), json=False)
        shown = render(faults)
    assert (faults[0].code if faults else None) == code
    assert len(faults) <= MAX_FAULTS + 1
    assert len(shown) < 100_000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * SIZE, "too-deep"),
        ('{"a":' * SIZE, "too-deep"),
        ("[" + "1," * (SIZE // 2) + "1]", "too-many-values"),
        ("[" + "{}," * (SIZE // 3) + "[]]", "too-many-values"),
        ('["' + "\\n" * (SIZE // 2) + '"]', None),
        ("{" + '"":1,' * (SIZE // 5) + '"":1}', "duplicate-key"),
        ("[" + "1" * SIZE + "]", "bad-number"),
        ("a" * SIZE, "syntax"),
        (" " * SIZE, "empty-document"),
        ('["' * SIZE, "syntax"),
    ],
    ids=["deep", "deep objects", "numbers", "objects", "text", "same keys", "number", "word", "space", "quotes"],
)
def test_a_hostile_json_text_is_read_quickly(text: str, code: str | None) -> None:
    with soon():
        _, faults = read_document(Source("net.json", text), json=True)
        render(faults)
    assert (faults[0].code if faults else None) == code


def test_an_alias_bomb_is_an_error_at_the_alias() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 30)]
    _, (fault,) = read_document(Source("net.yaml", "\n".join(lines)), json=False)
    assert fault.code == "too-many-values"
    assert isinstance(fault.where, Span)
    assert fault.where.text.startswith("*a")


def test_aliases_count_as_deep_as_their_values() -> None:
    lines = ["a0: &a0 [x]", *(f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 100))]
    _, (fault,) = read_document(Source("net.yaml", "\n".join(lines)), json=False)
    assert fault.code == "too-deep"
    assert isinstance(fault.where, Span)
    assert fault.where.line == MAX_DEPTH


@pytest.mark.parametrize("json", [False, True])
def test_the_deepest_text_that_is_allowed_is_read(json: bool) -> None:
    for depth, faults in ((MAX_DEPTH, 0), (MAX_DEPTH + 1, 1)):
        text = "[" * depth + "]" * depth
        assert len(read_document(Source("net", text), json=json)[1]) == faults


def test_a_thousand_layers_take_little_memory() -> None:
    line = "- {name: conv1, layer_type: Conv2D, filters: 64, kernel_size: 3, use_bias: false}\n"
    tracemalloc.start()
    read_document(Source("net.yaml", line * 1_000), json=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_reading_needs_no_framework_and_little_memory() -> None:
    # The kernel's ru_maxrss counts what the parent had when it forked; VmHWM begins anew with the program.
    program = (
        "import sys\n"
        "from archspec.errors import Source\n"
        "from archspec.source import read_document\n"
        "read_document(Source('net', '[' + '{a},' * 250_000 + ']'), json=False)\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 200_000  # kilobytes


SIGNS = "ab1-:?,[]{}#&*!|>'\"%@`~<$().\\ \t\n\r\ufeff\x00\x1b\x85\u2028é日😀\ud800"
ALPHABET = st.sampled_from(SIGNS) | st.characters()


@given(st.text(ALPHABET, max_size=60), st.booleans())
@settings(max_examples=600)
def test_any_text_is_a_value_or_a_fault_that_can_be_shown(text: str, json: bool) -> None:
    value, faults = read_document(Source("net", text), json=json)
    assert (value is not None) or faults
    for fault in faults:
        assert isinstance(fault.where, Span)
        assert 0 <= fault.where.start <= fault.where.end <= len(text)
    shown = render(faults)
    assert all(character.isprintable() for character in shown.replace("\n", ""))
