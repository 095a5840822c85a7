"""How a class holds its modules and speaks of them."""

from __future__ import annotations

import re

from archspec.codegen.body import Body, Loop, Use
from archspec.codegen.source import literal
from archspec.program.calls import Argument, Code
from archspec_torch.emit.row import BareParameter

WORDS = frozenset({"self", "i", "layer", "torch", "nn", "F", "Tensor", "OrderedDict", "math", "Path", "initialize"})
"""Names that the source has a use for of its own."""

ATTRIBUTES = frozenset(
    [
        "T_destination",
        "add_module",
        "append",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "clear",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extend",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "insert",
        "ipu",
        "items",
        "keys",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "pop",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "update",
        "values",
        "xpu",
        "zero_grad",
    ]
)
"""What PyTorch's modules and their containers are and do already: no submodule can be called so."""


class Modules:
    """The modules of a class.

    `base` is what the class inherits from: `nn.ModuleDict` where a name is a position, for an attribute cannot be
    called `0`. `only_loop` says that the modules are nothing but what one loop makes, one in each turn.
    """

    def __init__(self, body: Body) -> None:
        uses = [item for item in body.items if isinstance(item, Use)]
        named = {use.name: use.made for use in uses if use.name is not None}
        self._by_key = any(
            not name.isidentifier() for name, made in named.items() if not isinstance(made, BareParameter)
        )
        self.base = "nn.ModuleDict" if self._by_key else "nn.Module"
        self._named = frozenset(named)
        loops = [item for item in body.items if isinstance(item, Loop)]
        self.only_loop = len(loops) == 1 and not named and _makes_one_module(loops[0])

    def attribute(self, parameter: str) -> str:
        """The attribute in which a class keeps a parameter: its name, unless a module or PyTorch has that."""
        return f"{parameter}_" if parameter in self._named | ATTRIBUTES else parameter

    def target(self, name: str) -> str:
        """The expression for the module that the class holds under a name."""
        key, _, rest = name.partition(".")
        if self._by_key:
            return f"self[{literal(key)}]" + (f".get_submodule({literal(rest)})" if rest else "")
        if all(word.isidentifier() for word in name.split(".")):
            return f"self.{name}"
        return f"self.get_submodule({literal(name)})"


def _makes_one_module(loop: Loop) -> bool:
    """Whether a turn makes one module and else only does what is the same in every turn."""
    functions = [use for use in loop.uses if use.name is None]
    grows = any(argument.step or _follows(argument, loop) for use in functions for argument in use.arguments)
    has_parameters = any(isinstance(use.made, BareParameter) for use in loop.uses)
    return len(loop.uses) == len(functions) + 1 and not grows and not has_parameters


def _follows(argument: Argument, loop: Loop) -> bool:
    """Whether an argument is said by what varies from turn to turn."""
    return isinstance(argument.value, Code) and loop.variable in re.findall(r"\w+", argument.value.text)


def attribute(holder: str, path: str) -> str:
    """The expression for what is at a path of attributes, of which some may be positions."""
    for name in path.split("."):
        holder = f"{holder}.{name}" if name.isidentifier() else f"getattr({holder}, {literal(name)})"
    return holder
