"""YAML text -> values with positions: PyYAML's events, composed without recursion and within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from archspec.errors import Diagnostic, Source, Span
from archspec.source.builders import Builder, MappingBuilder, Root, SequenceBuilder
from archspec.source.faults import MAX_DEPTH, Faults, Unreadable, most_values, too_deep, too_many_values
from archspec.source.scalars import NumberError, resolve
from archspec.source.yaml_anchors import Anchors
from archspec.source.yaml_cut import cut, cut_expression, cut_tuple, may_be_cut
from archspec.source.yaml_errors import explain, explain_reader
from archspec.source.yaml_keys import is_odd_key, key_fault

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Every character that YAML allows: https://yaml.org/spec/1.2.2/#51-character-set
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PROPERTIES = re.compile(r"(?:[&!]\S*+(?:\s|#[^\r\n]*+)*+)*+")
_TAG = re.compile(r"(?:&\S*\s+)*(!\S*)")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_yaml(source: Source, faults: Faults) -> object:
    """The value of the only document in a YAML text. Raises `Unreadable`; lesser faults go to `faults`."""
    found = _FORBIDDEN.search(source.text)
    if found:
        where = Span(source, found.start(), found.end())
        message = f"the character U+{ord(found.group()):04X} may not stand in a YAML text"
        raise Unreadable(Diagnostic("bad-character", message, where))
    return _Composer(source, faults).compose()


class _Composer:
    """Puts events together. `_open` are the collections around `_top`, which is the innermost one."""

    def __init__(self, source: Source, faults: Faults) -> None:
        self._source = source
        self._faults = faults
        self._root = Root()
        self._top: Root | Builder = self._root
        self._open: list[Root | Builder] = []
        self._values = 0
        self._most_values = most_values(source)
        self._documents = 0
        self._reached = 0
        self._told = 0  # up to where a tuple goes that was told, and whose list is there already
        self._scalars: dict[str, object] = {}
        self._anchors = Anchors()

    def compose(self) -> object:
        handlers: dict[type[Event], Callable[[Any, int, int], None]] = {
            ScalarEvent: self._scalar,
            SequenceStartEvent: self._begin,
            MappingStartEvent: self._begin,
            SequenceEndEvent: self._end,
            MappingEndEvent: self._end,
            AliasEvent: self._alias,
            DocumentStartEvent: self._document,
        }
        for event in self._events():
            handler = handlers.get(type(event))
            if handler:
                self._reached = end = event.end_mark.index
                handler(event, event.start_mark.index, end)
        return self._root.value

    def _events(self) -> Iterator[Any]:
        text = self._source.text
        # A byte order mark becomes an empty line, so that offsets stay what they are.
        text = "\n" + text[1:] if text.startswith("\ufeff") else text
        try:
            loader = LOADER(text)
            while (event := loader.get_event()) is not None:
                yield event
        except yaml.MarkedYAMLError as error:
            raise Unreadable(explain(error, self._source, self._brackets(), self._reached)) from None
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            raise Unreadable(explain_reader(error, self._source, self._reached)) from None

    def _brackets(self) -> list[int]:
        """The brackets that are open. A mapping of one pair in a list, `[a: 1]`, has none of its own."""
        around = (*self._open, self._top)
        starts = [builder.start for builder in around if not isinstance(builder, Root) and builder.closer]
        return [start for start in starts if self._source.text[start] in "[{"]

    def _document(self, event: DocumentStartEvent, start: int, end: int) -> None:
        self._documents += 1
        if self._documents > 1:
            message = "a second document begins here, and a spec is one document"
            raise self._unreadable("several-documents", message, start, end)

    def _scalar(self, event: ScalarEvent, start: int, end: int) -> None:
        text = event.value
        plain = not event.style
        if event.anchor or event.tag:
            start = self._without_properties(event, start, end)
        if not plain:
            start, end = self._unquoted(text, start, end)
        top = self._top
        if start < self._told:
            self._drop()
            return
        if top.needs_key:
            self._key(text, start, end, plain)
            return
        value: object = text
        if plain:
            try:
                value = self._scalars[text]
            except KeyError:
                value = self._resolve(text, start, end)
                end = max(end, self._told)
            if not text:
                self._check_colon()
        self._values += 1
        if self._values > self._most_values:
            raise too_many_values(self._source, start, end)
        if event.anchor:
            self._anchors.scalar(event.anchor, value)
        top.add(value, start, end)

    def _resolve(self, text: str, start: int, end: int) -> object:
        """The value of a plain scalar that was not seen before."""
        if may_be_cut(text):
            return self._first_part(text, start, end) if self._top.closer else text
        try:
            value = self._scalars[text] = resolve(text)
        except NumberError as error:
            raise self._unreadable("bad-number", str(error), start, end) from None
        return value

    def _first_part(self, text: str, start: int, end: int) -> object:
        """The value of a plain scalar between brackets that may be the first part of something longer."""
        found = cut_expression(self._source, text, start)
        if found is not None:
            cut_off, whole = found
            if whole is None:
                raise Unreadable(cut_off)
            self._faults.add(cut_off)
            self._told = start + len(whole)
            return whole
        pasted = cut_tuple(self._source, text, start)
        if pasted is None:
            fault = cut(self._source, text, start, end)
            if fault is not None:
                raise Unreadable(fault)
            return text
        fault, meant = pasted
        if meant is None:
            raise Unreadable(fault)
        self._faults.add(fault)
        self._told = meant.end
        return meant

    def _drop(self) -> None:
        """A further part of a tuple; in a mapping it looks like a key without a value."""
        if isinstance(self._top, MappingBuilder) and self._top.needs_key:
            self._top.refuse_key()

    def _check_colon(self) -> None:
        # `{filters:64}` is a key `filters:64` without a value.
        top = self._top
        if not isinstance(top, MappingBuilder) or not top.closer or ":" not in top.pending[0]:
            return
        key, start, _ = top.pending
        name, _, value = key.partition(":")
        at = start + len(name)
        hint = f'write "{name[:40]}: {value[:40]}"'
        raise self._unreadable("missing-space", 'a space is missing after this ":"', at, at + 1, hint)

    def _key(self, text: str, start: int, end: int, plain: bool) -> None:
        top = self._top
        assert isinstance(top, MappingBuilder)
        fault = key_fault(text, Span(self._source, start, end)) if plain and is_odd_key(text) else None
        if fault is None:
            top.key(text, start, end, self._faults)
        else:
            self._faults.add(fault)
            self._faults.lost = True
            top.refuse_key()

    def _begin(self, event: SequenceStartEvent | MappingStartEvent, start: int, end: int) -> None:
        if event.anchor or event.tag:
            start = self._without_properties(event, start, end)
        if self._top.needs_key:
            raise self._unreadable("bad-key", "a key is a text, and this is a list or mapping", start, start + 1)
        self._open.append(self._top)
        if len(self._open) > MAX_DEPTH:
            raise too_deep(self._source, start)
        self._values += 1
        if self._values > self._most_values:
            raise too_many_values(self._source, start, start + 1)
        if type(event) is MappingStartEvent:
            self._top = MappingBuilder(start, "}" if event.flow_style else "")
        else:
            self._top = SequenceBuilder(start, "]" if event.flow_style else "")
        depth = len(self._open)
        if event.anchor:
            self._anchors.begin(event.anchor, depth, self._values - 1)
        self._anchors.reach(depth)

    def _end(self, event: SequenceEndEvent | MappingEndEvent, start: int, end: int) -> None:
        top = self._top
        assert not isinstance(top, Root)
        # A block collection's own end is wherever the next token begins, which may be pages below.
        end = end if top.closer else top.last
        value = top.close(self._source, end)
        self._anchors.end(len(self._open), value, self._values)
        self._top = self._open.pop()
        self._top.add(value, top.start, end)

    def _alias(self, event: AliasEvent, start: int, end: int) -> None:
        name = event.anchor or ""
        if self._top.needs_key:
            raise self._unreadable("bad-key", "a key is a text, and this is an alias", start, end)
        anchored = self._anchors.find(name)
        if anchored is None:
            raise self._bad_alias(name, start, end)
        depth = len(self._open) + anchored.height
        if depth > MAX_DEPTH:
            raise too_deep(self._source, start)
        self._values += anchored.values
        if self._values > self._most_values:
            raise too_many_values(self._source, start, end)
        self._anchors.reach(depth)
        self._top.add(anchored.value, start, end)

    def _bad_alias(self, name: str, start: int, end: int) -> Unreadable:
        if self._anchors.is_around(name):
            message = f'the alias "*{name}" stands inside the value that it stands for'
            return self._unreadable("endless-alias", message, start, end)
        message = f'there is no anchor "&{name}" before this alias'
        return self._unreadable("unknown-alias", message, start, end)

    def _without_properties(self, event: NodeEvent, start: int, end: int) -> int:
        """Where the value itself begins, after its anchor; an explicit tag is refused."""
        if getattr(event, "tag", None):
            found = _TAG.match(self._source.text, start)
            bounds = found.span(1) if found else (start, start + 1)
            raise self._unreadable("tag", "YAML's tags are no part of the language", *bounds)
        found = _PROPERTIES.match(self._source.text, start)
        begins = found.end() if found else start
        # An empty value ends where its anchor ends, and the match goes on to whatever comes next.
        return min(begins, end) if type(event) is ScalarEvent else begins

    def _unquoted(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Without the quotes, so that offsets into the value are offsets into the span; not if it has escapes."""
        if not text.isascii() and _SURROGATE.search(text):
            raise Unreadable(explain_reader(ValueError(), self._source, start))
        same = end - start == len(text) + 2 and self._source.text.startswith(text, start + 1)
        return (start + 1, end - 1) if same else (start, end)

    def _unreadable(self, code: str, message: str, start: int, end: int, hint: str | None = None) -> Unreadable:
        return Unreadable(Diagnostic(code, message, Span(self._source, start, end), hint))
