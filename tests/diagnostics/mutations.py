"""Specs of the zoo with something changed at random: in the values, or in the text."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

ZOO = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))

_SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 7, 64, 1.5, -0.0, 1e30, 2**31, 2**70, 10**400, 100_000, 1_000_000_000),
    *(
        float("inf"),
        float("nan"),
        "",
        " ",
        "x",
        "i",
        "input",
        "image",
        "valid",
        "same",
        "Conv2D",
        "Add",
        "ReLU",
        "Reuse",
    ),
    *("Residual", "Parallel", "Sequential", "DenselyConnected", "Concatenate", "$i", "$x", "$(", "$()", "$(1 // 0)"),
    *(
        "$(i)",
        "$width",
        "$(-1)",
        "$([1, 2])",
        "$('a')",
        "$$",
        "$",
        "a.b",
        "0",
        "conv1",
        "größe",
        "a" * 300,
        "\0",
        "\n",
        "*",
    ),
    *("__import__('os').system('x')", "layer$i", "{{x}}", "class", "<<", "~", "null", "true", "1e5", "3, 4"),
)
_COLLECTIONS: tuple[Any, ...] = (
    *(
        [],
        {},
        [[]],
        [{}],
        [None],
        [0],
        [3, 3],
        [1, 2, 3],
        [[0, 1], [0, 1]],
        ["$i"],
        {"a": 1},
        {"i": [1]},
        {"x": [1, 2]},
    ),
    *({"layer_type": "ReLU"}, [{"layer_type": "ReLU"}], [[{"layer_type": "ReLU"}], []], {"a": [1], "b": [1, 2]}),
    *({"layer_type": "Dense", "units": 3, "name": "n"}, {"layer_type": "Reuse", "layer": "conv1"}),
)
_KEYS = (
    *("defaults", "rows", "stages"),
    *(
        "layer_type",
        "name",
        "inputs",
        "when",
        "repeat",
        "for",
        "layers",
        "shortcut",
        "branches",
        "merge",
        "layer",
        "units",
    ),
    *(
        "filters",
        "kernel_size",
        "pool_size",
        "strides",
        "padding",
        "activation",
        "params",
        "archspec",
        "variants",
        "blocks",
    ),
    *("outputs", "input_shape", "groups", "axis", "rate", "x", "i", "größe", "", "layer-type", "$x"),
)

Spot = tuple[Any, Any]
"""A container, and the key or index of a value in it."""


def spots(value: Any) -> list[Spot]:
    """Every place in a value where there is another."""
    found: list[Spot] = []
    waiting = [value]
    while waiting:
        container = waiting.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], dict | list):
                waiting.append(container[key])
    return found


def mutated_texts(seed: int, number: int) -> Iterator[tuple[str, str]]:
    """So many texts, each with the name of a file that it could be in."""
    chance = random.Random(seed)
    documents = [(path.read_text(), yaml.safe_load(path.read_text())) for path in ZOO]
    for _ in range(number):
        text, document = chance.choice(documents)
        if chance.random() < 0.3:
            yield "mutated.yaml", _mutated_text(text, chance)
        else:
            yield _written(_mutated(document, chance), chance)


def _mutated(document: Any, chance: random.Random) -> Any:
    changed = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        found = spots(changed)
        if found:
            container, key = chance.choice(found)
            chance.choice(_CHANGES)(container, key, found, chance)
    return changed


def _delete(container: Any, key: Any, found: list[Spot], chance: random.Random) -> None:
    del container[key]


def _replace(container: Any, key: Any, found: list[Spot], chance: random.Random) -> None:
    container[key] = copy.deepcopy(chance.choice(_SCALARS if chance.random() < 0.7 else _COLLECTIONS))


def _take_another(container: Any, key: Any, found: list[Spot], chance: random.Random) -> None:
    other, name = chance.choice(found)
    if name in other if isinstance(other, dict) else name < len(other):
        container[key] = copy.deepcopy(other[name])


def _rename(container: Any, key: Any, found: list[Spot], chance: random.Random) -> None:
    if isinstance(container, dict):
        items = [(chance.choice(_KEYS) if name == key else name, value) for name, value in container.items()]
        container.clear()
        container.update(items)


def _misspell(container: Any, key: Any, found: list[Spot], chance: random.Random) -> None:
    if isinstance(container[key], str) and container[key]:
        at = chance.randrange(len(container[key]))
        container[key] = container[key][:at] + chance.choice(("", "x", "$", "(", " ")) + container[key][at + 1 :]


def _insert(container: Any, key: Any, found: list[Spot], chance: random.Random) -> None:
    value = copy.deepcopy(chance.choice(_SCALARS + _COLLECTIONS))
    if isinstance(container, dict):
        container[chance.choice(_KEYS)] = value
    else:
        container.insert(key, value)


def _double(container: Any, key: Any, found: list[Spot], chance: random.Random) -> None:
    if isinstance(container, list):
        container.insert(key, copy.deepcopy(container[key]))
    else:
        container[f"{key}_2"] = copy.deepcopy(container[key])


def _wrap(container: Any, key: Any, found: list[Spot], chance: random.Random) -> None:
    container[key] = [container[key]] if chance.random() < 0.5 else {chance.choice(_KEYS): container[key]}


_CHANGES: tuple[Callable[[Any, Any, list[Spot], random.Random], None], ...] = (
    *(_delete, _delete, _replace, _replace, _replace, _take_another, _rename, _misspell, _insert, _double, _wrap),
)


def _written(document: Any, chance: random.Random) -> tuple[str, str]:
    if chance.random() < 0.3:
        return "mutated.json", json.dumps(document, ensure_ascii=chance.random() < 0.5)
    flow = chance.choice((True, False, None))
    return "mutated.yaml", yaml.safe_dump(document, default_flow_style=flow, sort_keys=False, allow_unicode=True)


def _mutated_text(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice((1, 1, 2, 5))):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice((0, 1, 1, 3, 30, 300)))
        text = text[:start] + chance.choice(_SNIPPETS) + text[end:]
    return text or " "


_SNIPPETS = (
    *(
        "",
        "",
        "",
        "\n",
        "\t",
        " ",
        "  ",
        ":",
        ": ",
        ",",
        "- ",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        "#",
        "&a ",
        "*a",
        "!",
        "|",
        ">",
    ),
    *(
        "$",
        "$(",
        ")",
        "\r\n",
        "\ufeff",
        "é",
        "卷",
        "\\",
        "---\n",
        "0",
        "null",
        "?",
        "%",
        "@",
        "<<: *a",
        "\x00",
        "1e999",
    ),
)
