"""A definition as a class: `__init__` makes its modules, `forward` applies them."""

from __future__ import annotations

from archspec.codegen.body import Body, Loop, Part, Sequence, Use
from archspec.codegen.definitions import Definition
from archspec.codegen.source import argument_texts, call, function, literal, loop_header, signature, statements
from archspec.ir import Graph
from archspec.program.calls import Call, Function
from archspec_torch.emit.forward import Forward
from archspec_torch.emit.modules import Modules
from archspec_torch.emit.row import BareParameter

Line = tuple[int, str]


def class_source(definition: Definition, graph: Graph | None = None, last: str = "") -> str:
    """The class; `graph` is given for the network's own, whose inputs and outputs have names.

    `last` is the statement that ends its `__init__`.
    """
    body = definition.body
    header = (4, f"def __init__({', '.join(['self', *signature(definition.parameters)])}) -> None:")
    ending = [(8, last)] if last else []
    chain = _chain(body)
    if chain is not None:
        made = (8, f"super().__init__({_members(chain)})")
        lines = [(0, f"class {definition.name}(nn.Sequential):"), header, made, *ending]
        return "\n".join(statements(lines))
    modules = Modules(body)
    forward = Forward(body, modules, definition.parameters, graph)
    applied = forward.statements()
    kept = [(8, f"self.{attribute} = {name}") for name, attribute in forward.parameters.items()]
    made_lines = [*kept, *_made_lines(body, modules)]
    made_lines = [header, (8, "super().__init__()"), *made_lines, *ending] if made_lines else []
    start = statements([(0, f"class {definition.name}({modules.base}):"), *made_lines])
    return "\n".join([*start, *([""] if made_lines else []), *statements(applied)])


def _chain(body: Body) -> Sequence | None:
    """The sequence that a body is, if it is nothing else."""
    only = body.items[0] if len(body.items) == 1 else None
    return only.made if isinstance(only, Use) and isinstance(only.made, Sequence) and only.name is None else None


def _made_lines(body: Body, modules: Modules) -> list[Line]:
    lines: list[Line] = []
    for item in body.items:
        if isinstance(item, Loop):
            lines += _loop(item)
        elif item.name is not None:
            lines += _parameter(item) if isinstance(item.made, BareParameter) else _use(item, modules.target(item.name))
    return lines


def _use(use: Use, target: str) -> list[Line]:
    made = f"{target} = {_made(use.made)}"
    if use.switch is None:
        return [(8, made)]
    return [
        (8, f"if {literal(use.switch.value)}:"),
        (12, made),
        (8, "else:"),
        (12, f"{target} = nn.Identity()"),
    ]


def _parameter(use: Use) -> list[Line]:
    name, made = use.name or "", _made(use.made)
    if use.switch is None:
        return [(8, _assigned(name, made))]
    return [
        (8, f"if {literal(use.switch.value)}:"),
        (12, _assigned(name, made)),
        (8, "else:"),
        (12, _assigned(name, "1.0")),
    ]


def _assigned(name: str, value: str) -> str:
    return f"self.{name} = {value}" if name.isidentifier() else call("setattr", "self", literal(name), value)


def _loop(loop: Loop) -> list[Line]:
    named = [use for use in loop.uses if use.name is not None]
    added = [(12, f'self.add_module(f"{use.name}", {_made(use.made)})') for use in named]
    return [(8, loop_header(loop, literal(loop.turns.value))), *added]


def _made(made: Call | Sequence | Function | None) -> str:
    """The expression that makes a module."""
    match made:
        case BareParameter():
            return call("nn.Parameter", function(made.callee, (), made.arguments))
        case Call():
            return call(made.callee, *argument_texts(made.arguments))
        case Sequence():
            return call("nn.Sequential", _members(made))
    raise TypeError(f"{made} makes no module")


def _in_lines(texts: list[str]) -> str:
    """Arguments, with the comma at the end that puts each on a line of its own where they are several."""
    return ", ".join(texts) + ("," if len(texts) > 1 else "")


def _members(sequence: Sequence) -> str:
    """What an `nn.Sequential` is given: its modules, or those by their names."""
    texts = [_part(part) for part in sequence.parts]
    if all(part.name.isdigit() for part in sequence.parts):
        return _in_lines(texts)
    if all(part.name.isidentifier() for part in sequence.parts):
        named = [f"{part.name}={text}" for part, text in zip(sequence.parts, texts, strict=True)]
        return call("OrderedDict", _in_lines(named))
    keyed = [_keyed(part, text) for part, text in zip(sequence.parts, texts, strict=True)]
    return call("OrderedDict", "{" + _in_lines(keyed) + "}")


def _keyed(part: Part, text: str) -> str:
    """A part under a name that is no keyword of a call."""
    if part.copies is None:
        return f"{literal(part.name)}: {text}"
    turns = f"{part.first}, " * (part.first > 0) + literal(part.copies.value)
    return f'**{{f"{part.name}": {text} for i in range({turns})}}'


def _part(part: Part) -> str:
    text = _made(part.made)
    if part.copies is None or "{i}" in part.name:
        return text
    turns = literal(part.copies.value)
    return f"*[{text} for {part.variable} in {turns}]" if part.variable else f"*[{text} for _ in range({turns})]"
