"""A document's rules for its params."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.errors import Diagnostic
from archspec.spec.computed import UNKNOWN, Computed, Env, evaluated, names_in, read_value
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A sentence that must be true, and its expression."""

    text: str
    condition: object
    place: Place

    @property
    def names(self) -> frozenset[str]:
        """The names that the expression reads."""
        return names_in(self.condition)

    def check(self, env: Env) -> None:
        """Raise `Faulty` unless the rule holds for these names."""
        holds = evaluated(self.condition, env)
        if not isinstance(holds, bool):
            message = f"a rule is true or false, not {describe(holds)}"
            raise Faulty(Diagnostic("wrong-type", message, self.place.where))
        if not holds:
            values = ", ".join(f"{name} is {describe(env[name])}" for name in sorted(self.names) if name in env)
            message = f"the params break a rule: {self.text}" + (f", and here {values}" if values else "")
            raise Faulty(Diagnostic("broken-rule", message, self.place.where))


def read_rules(declared: Mapping[str, object], place: Place, report: Report) -> tuple[Rule, ...]:
    """The rules of a `requires:` mapping; `place` is the mapping's."""
    rules = []
    for text, value in declared.items():
        inside = place.inside(text)
        condition: object = UNKNOWN
        try:
            condition = read_value(value, inside)
        except Faulty as fault:
            report.take(fault)
        if not isinstance(condition, Computed):
            hint = "write requires: {depth is 6n + 2: $(depth % 6 == 2)}"
            report.error("wrong-value", f"this rule reads no param: {describe(value)}", inside.where, hint=hint)
        rules.append(Rule(str(text), condition, inside))
    return tuple(rules)
