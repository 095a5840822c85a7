"""How a class holds its modules and speaks of them."""

from __future__ import annotations

from archspec.codegen.body import Body, Loop, Use
from archspec.codegen.source import literal


class Modules:
    """The modules of a class.

    `base` is what the class inherits from: `nn.ModuleDict` where a name is a position, for an attribute cannot be
    called `0`. `only_loop` says that the modules are nothing but what one loop makes, one in each turn.
    """

    def __init__(self, body: Body) -> None:
        named = [item.name for item in body.items if isinstance(item, Use) and item.name is not None]
        self._by_key = any(not name.isidentifier() for name in named)
        self.base = "nn.ModuleDict" if self._by_key else "nn.Module"
        loops = [item for item in body.items if isinstance(item, Loop)]
        self.only_loop = len(loops) == 1 and not named and sum(use.name is not None for use in loops[0].uses) == 1

    def target(self, name: str) -> str:
        """The expression for the module that the class holds under a name."""
        key, _, rest = name.partition(".")
        if self._by_key:
            return f"self[{literal(key)}]" + (f".get_submodule({literal(rest)})" if rest else "")
        if all(word.isidentifier() for word in name.split(".")):
            return f"self.{name}"
        return f"self.get_submodule({literal(name)})"


def loop_range(loop: Loop, stop: str) -> str:
    """What a loop runs over."""
    return f"range({loop.first}, {stop})" if loop.first else f"range({stop})"
