"""Messages that name what a caller may give, in the caller's own words: arguments in Python, options in a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

ARGUMENTS: Mapping[str, str] = MappingProxyType(
    {
        "names": "names={...}",
        "only_matching": "only_matching=True",
        "key": "key=...",
        "auto": "archspec.find_networks(FILE)",
        "importing": "archspec.import_model(FILE)",
        "by_order": "by_order=True",
        "against": "archspec.peer_parity(network, 'PACKAGE:NAME', weights=archspec.read_checkpoint(...))",
        "params": "params=...",
        "settings": "params={{{all}}}",
        "setting": '"{name}": {value!r}',
        "and": ", ",
        "inputs": "inputs=...",
        "shape": 'load it with inputs={"image": (224, 224, 3)}',
        "size": 'inputs={"image": (224, 224, 3)}',
        "dtype": "dtype=...",
        "weights": "archspec.read_checkpoint(network, FILE)",
        "force": "force=True",
        "data": "data='mnist'",
        "resume": "resume=True",
        "cpu": "device='cpu'",
        "layers": "archspec.layer_parity(network)",
        "listing": "the command `archspec weights show`",
    }
)
"""How a Python program gives what advice speaks of."""


SAY_THE_SIZE = "write numbers for what is null in `inputs`, or give them: {size}"
"""The template of advice about axes of any length."""


class Advice(str):
    """One sentence that names arguments. As a text it has them as Python has them, and `said` has other words."""

    _template: str
    _facts: Mapping[str, str]

    @classmethod
    def of(cls, template: str, **facts: str) -> Self:
        """The sentence of a template, which has fields for arguments and for facts: `{force} replaces {file}`."""
        advice = cls(template.format_map({**ARGUMENTS, **facts}))
        advice._template, advice._facts = template, facts
        return advice

    def said(self, words: Mapping[str, str]) -> str:
        """The text, with these words for the arguments."""
        return self._template.format_map({**words, **self._facts})


@dataclass(frozen=True, slots=True)
class Settings:
    """Advice to give params these values; `effect` says for what: `has their function`."""

    params: Mapping[str, object]
    effect: str

    def said(self, words: Mapping[str, str]) -> str:
        """The text, with these words for the arguments."""
        each = words["setting"]
        given = [each.format(name=name, value=value, text=_text(value)) for name, value in self.params.items()]
        return f"{words['settings'].format(all=words['and'].join(given))} {self.effect}"


def _text(value: object) -> str:
    """A value as the command line has it."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class Message:
    """Facts, and advice after them. Where advice names an argument it has a field for it: `{key} takes another`."""

    facts: str
    advice: tuple[str, ...] = ()
    settings: Settings | None = None

    def said(self, words: Mapping[str, str] = ARGUMENTS) -> str:
        """The text, with these words for the arguments."""
        advice = [line.format_map(words) for line in self.advice]
        if self.settings is not None:
            advice.append(self.settings.said(words))
        return "\n".join(filter(None, (self.facts, *advice)))
