"""The instructions of all pickle protocols. None of them imports a module or calls another program's code.

An instruction takes the machine and the offset after its own byte, and returns the offset of the next instruction.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archspec.checkpoints.pickles.machine import Machine, Made, Name, PickleError

Step = Callable[[Machine, int], int]

_LARGEST = 1 << 63
"""The largest number that is accepted as a key; one with thousands of digits cannot even be printed."""

_LONG = struct.Struct("<I").unpack_from


def _unknown(machine: Machine, at: int) -> int:
    raise PickleError(f"byte {at - 1} is no instruction of a pickle")


def _value(make: Callable[[], object]) -> Step:
    """Pushes a new value, or a constant."""

    def step(machine: Machine, at: int) -> int:
        machine.stack.append(make())
        return at

    return step


def _fixed(layout: str) -> Step:
    """Pushes a number of fixed length."""
    unpack, size = struct.Struct(layout).unpack_from, struct.calcsize(layout)

    def step(machine: Machine, at: int) -> int:
        machine.stack.append(unpack(machine.data, at)[0])
        return at + size

    return step


def _byte(machine: Machine, at: int) -> int:
    machine.stack.append(machine.data[at])
    return at + 1


def _sized(layout: str, decode: Callable[[bytes], object]) -> Step:
    """Pushes bytes that follow their length, decoded."""
    unpack, width = struct.Struct(layout).unpack_from, struct.calcsize(layout)

    def step(machine: Machine, at: int) -> int:
        (size,) = unpack(machine.data, at)
        machine.stack.append(decode(machine.take(at + width, size)))
        return at + width + int(size)

    return step


def _lined(decode: Callable[[str], object]) -> Step:
    """Pushes a value that is a line of text."""

    def step(machine: Machine, at: int) -> int:
        text, at = machine.line(at)
        machine.stack.append(decode(text))
        return at

    return step


def _skipped(size: int) -> Step:
    """Skips bytes that are not needed."""
    return lambda machine, at: at + size


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _old_text(data: bytes) -> str:
    return data.decode("latin-1")


def _whole(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


def _number(text: str) -> int:
    return text == "01" if text in {"00", "01"} else int(text.removesuffix("L"))


def _quoted(text: str) -> str:
    return text.strip()[1:-1]


def _put(machine: Machine, at: int) -> int:
    machine.memo.put(machine.data[at], machine.stack[-1])
    return at + 1


def _put_long(machine: Machine, at: int) -> int:
    machine.memo.put(_LONG(machine.data, at)[0], machine.stack[-1])
    return at + 4


def _put_line(machine: Machine, at: int) -> int:
    text, at = machine.line(at)
    machine.memo.put(int(text), machine.stack[-1])
    return at


def _memoise(machine: Machine, at: int) -> int:
    machine.memo.put(len(machine.memo), machine.stack[-1])
    return at


def _get(machine: Machine, at: int) -> int:
    machine.stack.append(machine.memo.get(machine.data[at]))
    return at + 1


def _get_long(machine: Machine, at: int) -> int:
    machine.stack.append(machine.memo.get(_LONG(machine.data, at)[0]))
    return at + 4


def _get_line(machine: Machine, at: int) -> int:
    text, at = machine.line(at)
    machine.stack.append(machine.memo.get(int(text)))
    return at


def _mark(machine: Machine, at: int) -> int:
    machine.under.append(machine.stack)
    machine.stack = []
    return at


def _pop(machine: Machine, at: int) -> int:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.marked()
    return at


def _pop_marked(machine: Machine, at: int) -> int:
    machine.marked()
    return at


def _twice(machine: Machine, at: int) -> int:
    machine.stack.append(machine.stack[-1])
    return at


def _collected(kind: Callable[[list[Any]], object]) -> Step:
    """Replaces the values above the mark by one collection."""

    def step(machine: Machine, at: int) -> int:
        found = kind(machine.marked())
        machine.stack.append(found)
        return at

    return step


def _dict(items: list[Any]) -> dict[str | int, Any]:
    found: dict[str | int, Any] = {}
    _set(found, items)
    return found


def _last(count: int) -> Step:
    """Replaces the last values by a tuple."""

    def step(machine: Machine, at: int) -> int:
        found = tuple(machine.stack[-count:])
        machine.stack[-count:] = [found]
        return at

    return step


def _append(machine: Machine, at: int) -> int:
    value = machine.stack.pop()
    _extend(machine.stack[-1], [value])
    return at


def _appends(machine: Machine, at: int) -> int:
    found = machine.marked()
    _extend(machine.stack[-1], found)
    return at


def _extend(target: object, values: list[Any]) -> None:
    if type(target) is list:
        target.extend(values)


def _set_one(machine: Machine, at: int) -> int:
    value = machine.stack.pop()
    key = machine.stack.pop()
    _set(machine.stack[-1], [key, value])
    return at


def _set_all(machine: Machine, at: int) -> int:
    found = machine.marked()
    _set(machine.stack[-1], found)
    return at


def _set(target: object, items: list[Any]) -> None:
    """Set items from a list of alternating keys and values."""
    known = target.items if isinstance(target, Made) else target
    if type(known) is dict:
        known.update((key, value) for key, value in zip(items[::2], items[1::2], strict=True) if _is_key(key))


def _is_key(value: object) -> bool:
    """Whether the value is a text or a small number: hashing other values, such as deep tuples, can end the process."""
    return type(value) is str or (type(value) is int and -_LARGEST <= value < _LARGEST)


def _global(machine: Machine, at: int) -> int:
    name, at = _name(machine, at)
    machine.stack.append(name)
    return at


def _name(machine: Machine, at: int) -> tuple[Name, int]:
    module, at = machine.line(at)
    word, at = machine.line(at)
    return Name(module, word), at


def _stack_global(machine: Machine, at: int) -> int:
    word, module = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(Name(module, word) if type(module) is type(word) is str else None)
    return at


def _reduce(machine: Machine, at: int) -> int:
    arguments = machine.stack.pop()
    machine.stack[-1] = machine.make(machine.stack[-1], arguments)
    return at


def _reduce_with_keywords(machine: Machine, at: int) -> int:
    machine.stack.pop()
    return _reduce(machine, at)


def _instance(machine: Machine, at: int) -> int:
    arguments = tuple(machine.marked())
    name, at = _name(machine, at)
    machine.stack.append(machine.make(name, arguments))
    return at


def _object(machine: Machine, at: int) -> int:
    maker, *arguments = machine.marked()
    machine.stack.append(machine.make(maker, tuple(arguments)))
    return at


def _build(machine: Machine, at: int) -> int:
    state = machine.stack.pop()
    if isinstance(machine.stack[-1], Made):
        machine.stack[-1].state = state
    return at


def _found(machine: Machine, at: int) -> int:
    machine.stack[-1] = machine.find(machine.stack[-1])
    return at


def _found_by_line(machine: Machine, at: int) -> int:
    text, at = machine.line(at)
    machine.stack.append(machine.find(text))
    return at


STOP = ord(".")
"""The instruction that ends a pickle."""

_INSTRUCTIONS: Mapping[bytes, Step] = {
    b"(": _mark,
    b"0": _pop,
    b"1": _pop_marked,
    b"2": _twice,
    b"F": _lined(float),
    b"I": _lined(_number),
    b"J": _fixed("<i"),
    b"K": _byte,
    b"L": _lined(_number),
    b"M": _fixed("<H"),
    b"N": _value(lambda: None),
    b"P": _found_by_line,
    b"Q": _found,
    b"R": _reduce,
    b"S": _lined(_quoted),
    b"T": _sized("<I", _old_text),
    b"U": _sized("<B", _old_text),
    b"V": _lined(str),
    b"X": _sized("<I", _text),
    b"a": _append,
    b"b": _build,
    b"c": _global,
    b"d": _collected(_dict),
    b"}": _value(dict),
    b"e": _appends,
    b"g": _get_line,
    b"h": _get,
    b"i": _instance,
    b"j": _get_long,
    b"l": _collected(list),
    b"]": _value(list),
    b"o": _object,
    b"p": _put_line,
    b"q": _put,
    b"r": _put_long,
    b"s": _set_one,
    b"t": _collected(tuple),
    b")": _value(tuple),
    b"u": _set_all,
    b"G": _fixed(">d"),
    b"B": _sized("<I", bytes),
    b"C": _sized("<B", bytes),
    b"\x80": _skipped(1),  # the protocol's number
    b"\x81": _reduce,
    b"\x85": _last(1),
    b"\x86": _last(2),
    b"\x87": _last(3),
    b"\x88": _value(lambda: True),
    b"\x89": _value(lambda: False),
    b"\x8a": _sized("<B", _whole),
    b"\x8b": _sized("<I", _whole),
    b"\x8c": _sized("<B", _text),
    b"\x8d": _sized("<Q", _text),
    b"\x8e": _sized("<Q", bytes),
    b"\x8f": _value(list),  # a set
    b"\x90": _appends,
    b"\x91": _collected(list),
    b"\x92": _reduce_with_keywords,
    b"\x93": _stack_global,
    b"\x94": _memoise,
    b"\x95": _skipped(8),  # a frame's length
    b"\x96": _sized("<Q", bytes),
}
"""All instructions except those for a program's registry of classes, and for buffers outside of the pickle."""

STEPS: Sequence[Step] = [_INSTRUCTIONS.get(bytes([code]), _unknown) for code in range(256)]
"""The instruction for each byte."""
