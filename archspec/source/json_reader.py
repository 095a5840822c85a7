"""JSON text to values with positions: a scanner without recursion and within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from json import JSONDecodeError, JSONDecoder

from archspec.errors import Diagnostic, Source, Span
from archspec.source.builders import Builder, MappingBuilder, Root, SequenceBuilder
from archspec.source.faults import MAX_DEPTH, Faults, Unreadable, most_values, too_deep, too_many_values
from archspec.source.json_errors import A_KEY, A_VALUE, bad_string, unexpected
from archspec.source.scalars import NumberError, number

_STRINGS = JSONDecoder()
_S = r"[ \t\n\r]*+"
_CHARACTERS = r"[^\"\\\x00-\x1f\ud800-\udfff]*+"
_SPACE = re.compile(_S)
_PLAIN_STRING = re.compile(f'"({_CHARACTERS})"')
_WORD = re.compile(r"[-+.\w]+")
_SIMPLE = rf'(?:"(?P<text>{_CHARACTERS})"|(?P<word>[-+.\w]++)){_S},(?={_S}'
_ITEM = re.compile(rf"{_S}{_SIMPLE}[^\s\]])")
_MEMBER = re.compile(rf'{_S}"(?P<key>{_CHARACTERS})"{_S}:{_S}{_SIMPLE}")')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LITERALS: dict[str, object] = {"true": True, "false": False, "null": None}

_State = Callable[[], "_State | None"]


def read_json(source: Source, faults: Faults) -> object:
    """The value of a JSON text. Raises `Unreadable`; lesser faults go to `faults`."""
    return _Scanner(source, faults).scan()


class _Scanner:
    """Reads token by token; each state is a method that reads one token and returns the next state.

    `_open` are the collections around `_top`, which is the innermost one.
    """

    def __init__(self, source: Source, faults: Faults) -> None:
        self._source = source
        self._text = source.text
        self._faults = faults
        self._at = 1 if source.text.startswith("\ufeff") else 0
        self._root = Root()
        self._top: Root | Builder = self._root
        self._open: list[Root | Builder] = []
        self._values = 0
        self._most_values = most_values(source)
        self._words: dict[str, object] = dict(_LITERALS)

    def scan(self) -> object:
        state: _State | None = self._value
        while state:
            state = state()
        return self._root.value

    def _value(self) -> _State:
        """The state before a value."""
        symbol = self._next()
        start = self._at
        if symbol == '"':
            return self._add(*self._string())
        if symbol in ("{", "["):
            return self._begin(symbol)
        word = _WORD.match(self._text, start)
        if word is None:
            raise self._unexpected(A_VALUE)
        value = self._literal(word.group(), start)
        self._at = word.end()
        return self._add(value, start, self._at)

    def _begin(self, symbol: str) -> _State:
        start = self._at
        self._open.append(self._top)
        if len(self._open) > MAX_DEPTH:
            raise too_deep(self._source, start)
        self._count(start, start + 1)
        self._at += 1
        if symbol == "[":
            self._top = SequenceBuilder(start, "]")
            return self._close if self._next() == "]" else self._items
        self._top = MappingBuilder(start, "}")
        return self._close if self._next() == "}" else self._members

    def _items(self) -> _State:
        """Read items up to the first that is not simple."""
        while item := _ITEM.match(self._text, self._at):
            self._simple(item)
        return self._value

    def _members(self) -> _State:
        """Read members up to the first whose value is not simple."""
        top = self._top
        assert isinstance(top, MappingBuilder)
        while member := _MEMBER.match(self._text, self._at):
            top.key(member["key"], *member.span("key"), self._faults)
            self._simple(member)
        return self._key

    def _simple(self, found: re.Match[str]) -> None:
        """Read a text or a word, with the comma after it."""
        text, word = found.group("text", "word")
        start, end = found.span("text" if word is None else "word")
        self._count(start, end)
        self._top.add(text if word is None else self._literal(word, start), start, end)
        self._at = found.end()

    def _key(self) -> _State:
        """The state before a key and a colon."""
        if self._next() != '"':
            raise self._unexpected(A_KEY)
        top = self._top
        assert isinstance(top, MappingBuilder)
        top.key(*self._string(), self._faults)
        if self._next() != ":":
            raise self._unexpected('a ":"')
        self._at += 1
        return self._value

    def _after_value(self) -> _State:
        """The state before a comma, or the end of the collection."""
        closer = self._top.closer
        symbol = self._next()
        if symbol == closer:
            return self._close
        if symbol != ",":
            raise self._unexpected(f'a "," or a "{closer}"')
        comma = self._at
        self._at += 1
        if self._next() == closer:
            hint = "JSON has no comma after the last one"
            raise self._unreadable("trailing-comma", f'a "," stands before the "{closer}"', comma, comma + 1, hint)
        return self._members if closer == "}" else self._items

    def _close(self) -> _State:
        """The state at the closing bracket."""
        self._at += 1
        top = self._top
        assert not isinstance(top, Root)
        self._top = self._open.pop()
        return self._place(top.close(self._source, self._at), top.start, self._at)

    def _end(self) -> None:
        """The state at the end of the text."""
        if self._next():
            raise self._unexpected("the end of the text")

    def _add(self, value: object, start: int, end: int) -> _State:
        self._count(start, end)
        return self._place(value, start, end)

    def _place(self, value: object, start: int, end: int) -> _State:
        self._top.add(value, start, end)
        return self._after_value if self._open else self._end

    def _count(self, start: int, end: int) -> None:
        self._values += 1
        if self._values > self._most_values:
            raise too_many_values(self._source, start, end)

    def _next(self) -> str:
        """The next character that is no space; empty at the end. `_at` is moved to it."""
        symbol = self._text[self._at : self._at + 1]
        if symbol > " ":  # by far the most are
            return symbol
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _string(self) -> tuple[str, int, int]:
        """The string that begins here, and its span: without the quotes, unless it has escapes."""
        start = self._at
        plain = _PLAIN_STRING.match(self._text, start)
        if plain:
            self._at = plain.end()
            return plain[1], start + 1, self._at - 1
        try:
            text, self._at = _STRINGS.raw_decode(self._text, start)
        except JSONDecodeError as error:
            raise Unreadable(bad_string(error, self._source, start)) from None
        if _SURROGATE.search(text):
            raise self._unreadable("bad-escape", "half a surrogate pair is no character", start, self._at)
        return text, start, self._at

    def _literal(self, word: str, start: int) -> object:
        """The value of a word that begins at `start`."""
        try:
            return self._words[word]
        except KeyError:
            pass
        if not _NUMBER.fullmatch(word):
            self._at = start
            raise self._unexpected(A_VALUE)
        try:
            value = self._words[word] = number(word)
        except NumberError as error:
            raise self._unreadable("bad-number", str(error), start, start + len(word)) from None
        return value

    def _unexpected(self, wanted: str) -> Unreadable:
        """The fault of an unexpected token, or of the end of the text."""
        bracket = None if isinstance(self._top, Root) else self._top.start
        return Unreadable(unexpected(self._source, self._at, wanted, bracket))

    def _unreadable(self, code: str, message: str, start: int, end: int, hint: str | None = None) -> Unreadable:
        return Unreadable(Diagnostic(code, message, Span(self._source, start, end), hint))
