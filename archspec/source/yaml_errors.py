"""What PyYAML says of a syntax error, in plain sentences; the same whether libyaml or Python's parser says it."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from archspec.errors import Diagnostic, Source, Span
from archspec.source.yaml_trouble import FIRST_KEY, Trouble, open_bracket

_CLOSER = {"[": "]", "{": "}"}
_QUOTES = "put the value in quotes"


def explain(error: yaml.MarkedYAMLError, source: Source, brackets: list[int], reached: int) -> Diagnostic:
    """The diagnostic for a syntax error.

    `brackets` are the offsets of the brackets known to be open, `reached` the end of the last thing that was
    understood: the parser looks ahead, so what is between that and the error may open brackets too.
    """
    at = _offset(error.problem_mark, error.context_mark, reached, len(source.text))
    trouble = Trouble(
        source=source,
        problem=(error.problem or "").lower(),
        at=at,
        context=(error.context or "").lower(),
        begins=_offset(error.context_mark, None, at, len(source.text)),
        bracket=open_bracket(source.text, reached, at, brackets),
    )
    for rule in _RULES:
        found = rule(trouble)
        if found is not None:
            return found
    message = "this cannot be read as YAML" + (f": {error.problem}" if error.problem else "")
    return Diagnostic("syntax", message, trouble.word())


def explain_reader(error: Exception, source: Source, reached: int) -> Diagnostic:
    """The diagnostic for what the parser cannot place: characters and escapes that are none."""
    escape = re.compile(r"\\[xuU][0-9a-fA-F]+").search(source.text, reached)
    if isinstance(error, (ValueError, OverflowError)) and escape:
        where = Span(source, escape.start(), escape.end())
        return Diagnostic("bad-escape", f"{escape.group()} is no character", where)
    return Diagnostic("syntax", "this cannot be read as YAML", Span(source, reached, reached))


def _offset(mark: object, other: object, default: int, length: int) -> int:
    for candidate in (mark, other):
        index = getattr(candidate, "index", None)
        if isinstance(index, int):
            return min(index, length)
    return min(default, length)


def _never_closed(trouble: Trouble) -> Diagnostic | None:
    """A bracket that is still open at the end, or above a line that stands no deeper than its own."""
    start = trouble.bracket
    if start is None or "quoted" in trouble.context:
        return None
    ended = not trouble.text[trouble.at :].strip()
    if not ended and not trouble.outdented_since(start):
        return None
    symbol = trouble.text[start]
    notes = () if ended else (f"line {trouble.line_of(trouble.at)} is still read as part of it",)
    message = f'this "{symbol}" is never closed'
    hint = f'the "{_CLOSER[symbol]}" is missing'
    return Diagnostic("unclosed-bracket", message, trouble.span(start, start + 1), hint, notes)


def _tab(trouble: Trouble) -> Diagnostic | None:
    if trouble.character != "\t" or "quoted" in trouble.context:
        return None
    found = re.compile(r"\t+").match(trouble.text, trouble.at)
    where = trouble.span(trouble.at, found.end() if found else trouble.at + 1)
    if trouble.text[trouble.line_start(trouble.at) : trouble.at].strip():
        return Diagnostic("tab", "a tab cannot stand here", where, hint="write a space")
    return Diagnostic("tab", "a tab is used for indentation", where, hint="indent with spaces")


def _wrong_bracket(trouble: Trouble) -> Diagnostic | None:
    if trouble.character not in ("]", "}") or trouble.context.endswith("scalar"):
        return None
    if trouble.bracket is None:
        message = f'this "{trouble.character}" closes nothing'
        return Diagnostic("stray-bracket", message, trouble.word(), hint=f"if it belongs to a text, {_QUOTES}")
    opened = trouble.text[trouble.bracket]
    if _CLOSER[opened] == trouble.character:
        return None
    where = trouble.span(trouble.bracket, trouble.bracket)
    message = f'this "{trouble.character}" does not close the "{opened}" at line {where.line}, column {where.column}'
    hint = f'write "{_CLOSER[opened]}"'
    return Diagnostic("wrong-bracket", message, trouble.span(trouble.at, trouble.at + 1), hint)


def _missing_comma(trouble: Trouble) -> Diagnostic | None:
    found = re.search(r"expected ',' or '([\]}])'", trouble.problem)
    if not found or trouble.bracket is None:
        return None
    message = f'a "," or a "{found.group(1)}" is expected before this'
    where = trouble.span(trouble.bracket, trouble.bracket)
    note = f'the "{trouble.text[trouble.bracket]}" is at line {where.line}, column {where.column}'
    return Diagnostic("missing-comma", message, trouble.word(), notes=(note,))


_ELEMENT = re.compile(r"\$[A-Za-z_]\w{0,99}(?:\[[^\[\]\r\n]{0,99}\])+")
_NAME_BEFORE = re.compile(r"\$[A-Za-z_]\w{0,99}\Z")


def _cut_element(trouble: Trouble) -> Diagnostic | None:
    """`$widths[0]` between brackets, where a plain text ends at a bracket."""
    before = _NAME_BEFORE.search(trouble.text, max(trouble.line_start(trouble.at), trouble.at - 101), trouble.at)
    found = None if before is None else _ELEMENT.match(trouble.text, before.start())
    if found is None or trouble.bracket is None:
        return None
    where = trouble.span(*found.span())
    message = 'between brackets, the expression ends at this "["'
    return Diagnostic("cut-expression", message, where, f'write "{found[0]}"' if '"' not in found[0] else _QUOTES)


def _second_colon(trouble: Trouble) -> Diagnostic | None:
    """A ":" where no key can end: a second one in the line, a wrong indentation, or a line before it without one."""
    if "mapping values are not allowed" not in trouble.problem:
        return None
    begins = trouble.line_start(trouble.at)
    line = trouble.text[begins : trouble.at]
    indent = FIRST_KEY.match(line)
    key = line[indent.end() :] if indent else line
    if ": " in key or line.endswith("- "):
        hint = f'if the ":" belongs to the value, {_QUOTES}'
        where = trouble.span(trouble.at, trouble.at + 1)
        return Diagnostic("second-colon", 'a second ":" in one line', where, hint)
    before = trouble.line_before(begins)
    if before is not None and before.text and not re.search(r":(\s|$)", before.text):
        return _without_colon(before)
    message = "the indentation of this line does not fit the lines above it"
    return Diagnostic("bad-indentation", message, trouble.span(trouble.at - len(key), trouble.at))


def _no_colon(trouble: Trouble) -> Diagnostic | None:
    if "could not find expected ':'" not in trouble.problem:
        return None
    number = trouble.line_of(trouble.begins)
    end = trouble.source.line_starts[number - 1] + len(trouble.source.line(number).rstrip())
    return _without_colon(trouble.span(trouble.begins, max(end, trouble.begins)))


def _without_colon(where: Span) -> Diagnostic:
    key, colon, value = where.text.partition(":")
    if colon and value and not value[0].isspace():
        where = where.inside(len(key), len(key) + 1)
        hint = f'write "{key[:40]}: {value[:40]}"'
        return Diagnostic("missing-space", 'a space is missing after this ":"', where, hint)
    return Diagnostic("missing-colon", 'a key and a ":" are expected in this line', where)


def _escape(trouble: Trouble) -> Diagnostic | None:
    if "quoted scalar" not in trouble.context or not re.search("escape|hex|alphabetic", trouble.problem):
        return None
    start = trouble.text.rfind("\\", trouble.begins, trouble.at + 1)
    found = re.compile(r"\\(?:[xuU][0-9a-fA-F]*|.)", re.DOTALL).match(trouble.text, start)
    if start < 0 or found is None:
        return None
    message = f"{found.group()} is no escape that YAML knows" if len(found.group()) == 2 else "this is no character"
    hint = r"write \\ for a backslash, or use single quotes"
    return Diagnostic("bad-escape", message, trouble.span(start, found.end()), hint)


def _unclosed_quote(trouble: Trouble) -> Diagnostic | None:
    if "quoted scalar" not in trouble.context or "unexpected" not in trouble.problem:
        return None
    where = trouble.span(trouble.begins, trouble.begins + 1)
    return Diagnostic("unclosed-quote", "this quote is never closed", where)


def _dash(trouble: Trouble) -> Diagnostic | None:
    in_brackets = trouble.bracket is not None and trouble.character == "-"
    if in_brackets:
        message = 'a list between brackets has its items parted by ",", without "-"'
        return Diagnostic("stray-dash", message, trouble.word())
    if "sequence entries are not allowed" not in trouble.problem:
        return None
    hint = "begin the list in the next line, or write it between brackets"
    return Diagnostic("stray-dash", 'a list\'s "-" stands at the beginning of a line', trouble.word(), hint)


def _wrong_place(trouble: Trouble) -> Diagnostic | None:
    """Something that is neither the next key of a mapping nor the next item of a list."""
    if not trouble.context.startswith("while parsing a block") or "content" in trouble.problem:
        return None
    line_start = trouble.line_start(trouble.at)
    before = trouble.text[line_start : trouble.at]
    if before.strip():
        return _after_value(trouble, before.rstrip()[-1])
    what, other = ("list", "item") if "collection" in trouble.context else ("mapping", "key")
    begins = trouble.line_start(trouble.begins)
    if len(before) != trouble.begins - begins:
        message = "the indentation of this line does not fit the lines above it"
        return Diagnostic("bad-indentation", message, trouble.word())
    message = f"an {other}" if other == "item" else f"a {other}"
    message += f" of the {what} that begins at line {trouble.line_of(trouble.begins)} is expected here"
    return Diagnostic("mixed-collection", message, trouble.word())


def _after_value(trouble: Trouble, previous: str) -> Diagnostic:
    if previous in "\"'":
        doubled = "''" if previous == "'" else '\\"'
        hint = f"put the whole value in quotes; inside them a {previous} is written {doubled}"
        return Diagnostic("text-after-quote", "there is text after the closing quote", trouble.word(), hint)
    return Diagnostic("text-after-value", "the value has ended before this", trouble.word())


def _fixed(pattern: str, code: str, message: str, hint: str | None = None) -> Callable[[Trouble], Diagnostic | None]:
    """A rule that says the same of every error whose wording has the pattern; {0} is the character it is at."""
    wording = re.compile(pattern)

    def rule(trouble: Trouble) -> Diagnostic | None:
        if not wording.search(f"{trouble.context}; {trouble.problem}"):
            return None
        return Diagnostic(code, message.format(trouble.character), trouble.word(), hint)

    return rule


_RULES: tuple[Callable[[Trouble], Diagnostic | None], ...] = (
    _tab,
    _never_closed,
    _wrong_bracket,
    _dash,
    _cut_element,
    _missing_comma,
    _second_colon,
    _no_colon,
    _escape,
    _unclosed_quote,
    _wrong_place,
    _fixed("cannot start any token", "bad-start", 'a value cannot begin with "{0}"', _QUOTES),
    _fixed("an alias|an anchor", "bad-alias", "a name is expected after * or &", f"if it is a text, {_QUOTES}"),
    _fixed("block scalar", "bad-block-text", "a line break is expected after | or >", f"if it is a text, {_QUOTES}"),
    _fixed("keys are not allowed", "stray-key", 'a "?" cannot stand here', f"if it is a text, {_QUOTES}"),
    _fixed("node content|a node", "missing-value", "a value is expected here"),
    _fixed("directive|incompatible", "directive", "YAML's directives are no part of the language"),
    _fixed("tag", "tag", "YAML's tags are no part of the language"),
    _fixed("document start", "text-after-end", "the document has ended before this"),
    _fixed("unexpected ':'", "missing-space", 'a space is missing after this ":"'),
)
