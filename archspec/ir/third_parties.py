"""A third party's names for a network's layers, and its networks with these names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TheirNetwork:
    """A third party's network whose weights have the same names and shapes as this network's.

    `differs` says in words how its function differs; it is empty for the same function. If a network of the zoo has its
    function, `network` is that one's name, and `params` are the values of its params.
    """

    name: str
    differs: str = ""
    network: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sign:
    """A value of a weight, by its canonical name, by which a third party's file tells that it has other params.

    `value` has a number for each element, or one for all. `says` is what such a file is, in words, and `params` are the
    values of the network's params for it.
    """

    weight: str
    value: tuple[float, ...]
    says: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class ThirdParty:
    """A third party's names.

    `calls` gives its name for the path of a layer or for the canonical name of a weight; None if it is the network's
    own name. `renames` says whether it has any other names. `signs` are those of params that the network does not have.
    Raises `SpecError` for a name that cannot be computed.
    """

    name: str
    calls: Callable[[str], str | None]
    renames: bool
    networks: tuple[TheirNetwork, ...] = ()
    signs: tuple[Sign, ...] = ()
