"""What is given twice is refused, by every command alike, and never does the last one win silently."""

from __future__ import annotations

from itertools import chain

import pytest
import typer
from typer.core import TyperOption

from archspec.cli.app import GROUPS, app
from tests.unit.cli.conftest import Program

REFUSED = "it is given more than once, and only one value can be meant"


def _commands() -> list[tuple[tuple[str, ...], typer.core.TyperCommand]]:
    root = typer.main.get_command(app)
    groups = {name: group for name, group in root.commands.items() if name in GROUPS}  # type: ignore[attr-defined]
    nested = [((name, own), command) for name, group in groups.items() for own, command in group.commands.items()]
    plain = (((name,), command) for name, command in root.commands.items() if name not in groups)  # type: ignore[attr-defined]
    return [*plain, *nested]


def _cases() -> list[tuple[tuple[str, ...], str, str]]:
    """Every option with one value of every command: the command, and two ways to write the option."""
    return [
        (words, option.opts[0], option.opts[-1])
        for words, command in _commands()
        for option in command.params
        if isinstance(option, TyperOption) and not option.is_flag and not option.multiple
    ]


@pytest.mark.parametrize(("command", "first", "second"), _cases())
def test_an_option_with_one_value_is_taken_once(
    archspec: Program, command: tuple[str, ...], first: str, second: str
) -> None:
    outcome = archspec(*command, first, "1", second, "1")
    assert outcome.code == 2
    assert f"{first}: {REFUSED}" in " ".join(outcome.err.split())
    assert not outcome.out


def test_flags_and_lists_may_be_repeated(archspec: Program) -> None:
    assert archspec("show", "small.yaml", "--set", "width=2", "--set", "classes=2", "--json", "--json").code == 0
    assert archspec("validate", "small.yaml", "-b", "torch", "-b", "tensorflow").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("show", "small.yaml", "--set", "width=2", "--set", "width=3"),
        ("validate", "small.yaml", "--set", "width=2", "--set", "classes=4", "--set", "width=2"),
        ("show", "small.yaml", "--input", "6,6,2", "--input", "8,8,2"),
        ("show", "small.yaml", "--input", "image=6,6,2", "--input", "image=8,8,2"),
        ("parity", "small.yaml", "--input", "a.npy", "--input", "b.npy"),
        ("parity", "small.yaml", "--input", "image=a.npy", "--input", "image=b.npz"),
    ],
)
def test_a_param_or_an_input_is_given_once(archspec: Program, words: tuple[str, ...]) -> None:
    outcome = archspec(*words)
    assert outcome.code == 2
    assert REFUSED in " ".join(outcome.err.split())


@pytest.mark.parametrize(
    ("variant", "hint"), [("resnet34", "give resnet34 in its place"), ("vgg16", "leave the variant out")]
)
def test_a_network_of_the_zoo_has_its_variant(archspec: Program, variant: str, hint: str) -> None:
    for command in ("show", "validate"):
        outcome = archspec(command, "resnet18", "--variant", variant)
        assert outcome.code == 2
        assert f'"resnet18" is a variant already, and the variant "{variant}" is asked for too' in outcome.err
        assert hint in outcome.err
    assert archspec("show", "resnet18", "--variant", "resnet18").code == 0


def test_every_command_refuses_by_one_rule() -> None:
    assert len(_cases()) > 20
    assert {type(command).__name__ for _, command in _commands()} == {"OnceCommand"}
    assert len(set(chain.from_iterable(words for words, _ in _commands()))) >= 7
