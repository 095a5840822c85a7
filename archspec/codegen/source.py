"""Text that both backends write alike: literals, arguments, signatures, docstrings, and the module as a whole."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set

from archspec.codegen.body import Body, Loop, Number
from archspec.codegen.layout import layout
from archspec.codegen.parameters import Parameter
from archspec.codegen.printer import WIDTH
from archspec.ir import Graph
from archspec.program.calls import Argument, Code, Literal, Made, Missing, Required, Table


def literal(value: Literal | Code | Missing | Required) -> str:
    """A value as source. Nothing but literals comes out of this, whatever the value was read from."""
    match value:
        case Code():
            return value.text
        case str():
            return json.dumps(value)
        case float() if not math.isfinite(value):
            return f'float("{value}")'
        case Table():
            return value.formula or f"[{', '.join(map(literal, value.values))}]"
        case Made():
            return call(value.callee, literal(value.number))
        case tuple():
            inner = ", ".join(literal(each) for each in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case bool() | int() | float() | None:
            return repr(value)
    raise TypeError(f"{type(value).__name__} is no literal")


def argument_texts(arguments: Iterable[Argument]) -> list[str]:
    """The arguments of a call as source, those left out that equal their default."""
    texts = []
    for argument in arguments:
        if not _is_default(argument):
            value = _stepped(argument)
            texts.append(value if argument.positional else f"{argument.name}={value}")
    return texts


def call(callee: str, *arguments: str) -> str:
    """A call as source."""
    return f"{callee}({', '.join(arguments)})"


def function(template: str, inputs: Sequence[str], arguments: Iterable[Argument]) -> str:
    """A function's template with its inputs and its arguments in place."""
    texts = argument_texts(arguments)
    filled = template if texts else template.replace(", {arguments}", "")
    fields = {str(index): text for index, text in enumerate(inputs)}
    fields |= {"inputs": ", ".join(inputs), "arguments": ", ".join(texts)}
    return _FIELD.sub(lambda match: fields.get(match[1], match[0]), filled)


_FIELD = re.compile(r"\{(\w+)\}")


def loop_header(loop: Loop, turns: str) -> str:
    """The head of a loop; its count is left out where nothing in it reads that."""
    if loop.stride > 1:
        return f"for i in range({loop.first}, {turns}, {loop.stride}):"
    if not loop.variable:
        return f"for i in range({loop.first}, {turns}):" if loop.first else f"for i in range({turns}):"
    if not any("{i" in (use.name or "") for use in loop.uses):
        return f"for {loop.variable} in {turns}:"
    return f"for i, {loop.variable} in enumerate({turns}{f', {loop.first}' if loop.first else ''}):"


def signature(parameters: Iterable[Parameter]) -> list[str]:
    """Parameters as a definition's header has them, annotated."""
    texts = []
    for parameter in parameters:
        text = f"{parameter.name}: {parameter.annotation}"
        texts.append(text if isinstance(parameter.default, Required) else f"{text} = {literal(parameter.default)}")
    return texts


def docstring(text: str, indent: int = 0) -> list[str]:
    """A docstring of at most 88 columns that says the text, with nothing in it that could end it or hide."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    safe = plain.replace("\\", "\\\\").replace('"', "'")
    room = WIDTH - indent - 6
    lines, line = [], ""
    for word in safe.split(" "):
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    margin = " " * indent
    if len(lines) == 1:
        return [f'{margin}"""{lines[0]}"""']
    return [f'{margin}"""{lines[0]}', *(margin + each for each in lines[1:]), f'{margin}"""']


def statements(texts: Iterable[tuple[int, str]]) -> list[str]:
    """The lines of statements given as (indent, text)."""
    return [line for indent, text in texts for line in layout(text, indent)]


def _helpers_for(names: Set[str], helpers: Mapping[str, str], known: Set[str]) -> dict[str, frozenset[str]]:
    """The helpers that these names need, with the names in their sources, those that they use themselves first."""
    found: dict[str, frozenset[str]] = {}

    def visit(words: Set[str], user: str) -> None:
        for name in helpers:
            if name in words and name != user and name not in found:
                own = _names_in(helpers[name], known)
                visit(own, name)
                found[name] = own

    visit(names, "")
    return found


_STRING = re.compile(r'"""[^"]*"""|"[^"\n]*"')


def _names_in(text: str, known: Set[str]) -> frozenset[str]:
    """Those of the names that source uses: no attributes, no names of arguments, nothing that stands in a string."""
    bare = _STRING.sub(" ", text)
    return frozenset([name for name in known if _is_used(name, bare)])


def _is_used(name: str, text: str) -> bool:
    """Whether the name stands in a text without strings, and is not an attribute or an argument's name there."""
    at = text.find(name)
    while at >= 0:
        before, behind = text[at - 1 : at], text[at + len(name) : at + len(name) + 2]
        inside = before.isalnum() or behind[:1].isalnum() or before in {"_", "."} or behind[:1] == "_"
        if not inside and (behind[:1] != "=" or behind == "=="):
            return True
        at = text.find(name, at + 1)
    return False


def output_numbers(graph: Graph, body: Body) -> dict[str, Number]:
    """The values of the network's own body that are its outputs, by their names."""
    numbers = dict(zip(dict.fromkeys(graph.outputs.values()), body.outputs, strict=True))
    return {name: numbers[value] for name, value in graph.outputs.items()}


def title(graph: Graph) -> str:
    """What the docstring of a network's source says: its name, and where it comes from."""
    return f"{graph.name}: {graph.source}" if graph.source else f"{graph.name}."


def module(doc: str, imports: Mapping[str, str], helpers: Mapping[str, str], sections: Sequence[str], main: str) -> str:
    """A module's whole source: docstring, the imports and helpers whose words the rest uses, sections two lines apart.

    `imports` maps a word to the statement that brings it; statements of the standard library come first and are kept
    apart. Names brought by one `from` statement may be several words: the statement holds what is used. `helpers` are
    sources by the names that they define.
    """
    known = imports.keys() | helpers.keys()
    names = _names_in("\n".join(sections), known)
    used = _helpers_for(names, helpers, known)
    names = names.union(_names_in(main, known), *used.values())
    parts = [*(helpers[name].strip() for name in used), *(section.strip("\n") for section in sections)]
    body = "\n\n\n".join([*parts, main.strip("\n")])
    return "\n".join(docstring(doc)) + "\n\n" + _imports(names, imports) + "\n\n\n" + body + "\n"


def _imports(names: Set[str], imports: Mapping[str, str]) -> str:
    wanted = [statement for word, statement in imports.items() if word in names]
    merged: dict[str, list[str]] = {}
    for statement in wanted:
        source, _, name = statement.partition(" import ") if statement.startswith("from ") else (statement, "", "")
        merged.setdefault(source, []).append(name)
    lines = [
        f"{source} import {', '.join(sorted(filter(None, names)))}" if any(names) else source
        for source, names in merged.items()
    ]
    standard = [line for line in lines if line.split()[1].split(".")[0] in _STANDARD]
    others = [line for line in lines if line not in standard]
    for lines in (standard, others):
        lines.sort(key=lambda line: (line.startswith("from "), line))
    return "\n\n".join("\n".join(group) for group in (standard, others) if group)


_STANDARD = frozenset({"collections", "math", "pathlib"})


def _is_default(argument: Argument) -> bool:
    if isinstance(argument.value, Code) or argument.step:
        return False
    return type(argument.value) is type(argument.default) and argument.value == argument.default


def _factor(step: int | Code) -> str:
    text = literal(step)
    return f"({text})" if " + " in text or " // " in text else text


def _stepped(argument: Argument) -> str:
    text = literal(argument.value)
    if not argument.step:
        return text
    if isinstance(argument.step, int) and argument.step < 0:
        return f"{text} - {'i' if argument.step == -1 else f'{-argument.step} * i'}"
    grown = "i" if argument.step == 1 else f"{_factor(argument.step)} * i"
    return grown if argument.value == 0 else f"{text} + {grown}"
