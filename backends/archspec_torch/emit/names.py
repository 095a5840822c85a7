"""The names in PyTorch source: reserved ones, and the names of a network's class and inputs."""

from __future__ import annotations

from archspec.errors import EmitError
from archspec.ir import Graph, Node, Scope
from archspec.program.names import Names, network_class
from archspec_torch.emit import HELPERS

WORDS = frozenset(
    {"self", "i", "layer", "torch", "nn", "F", "Tensor", "OrderedDict", "math", "Path", "initialize", "make_divisible"}
)
"""Names with a meaning of their own in the source."""

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
        "xpu",
        "zero_grad",
    ]
)
"""The attributes of PyTorch's modules and containers, which no submodule can replace."""


def names(graph: Graph) -> Names:
    """The taken names in the source of a graph, with its class."""
    taken = Names({*WORDS, *HELPERS})
    taken.fresh(network_class(graph))
    return taken


def entry_point(graph: Graph) -> str:
    """The name of the network's class."""
    return Names({*WORDS, *HELPERS}).fresh(network_class(graph))


def inputs_of(graph: Graph) -> list[str]:
    """The variables for the network's inputs."""
    taken = Names({*WORDS, *HELPERS})
    return [taken.fresh(name) for name in graph.inputs]


def check_names(graph: Graph) -> None:
    """Raise `EmitError` for layers whose names are taken: a submodule is an attribute beside PyTorch's own."""
    members: list[Scope | Node] = [*graph.scopes, *(node for node in graph.nodes if node.named)]
    taken = [member for member in members if member.name in ATTRIBUTES or member.name.startswith("_")]
    if taken:
        errors = list(map(_taken, taken))
        raise EmitError(errors[0].message, path=errors[0].path, key="name", others=errors[1:])


def _taken(member: Scope | Node) -> EmitError:
    message = f'{member.path}: PyTorch\'s modules have a "{member.name}" already: give it another name'
    return EmitError(message, path=member.path, key="name")
