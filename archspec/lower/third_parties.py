"""The third parties of a network, whose names are computed when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from archspec.errors import SpecError
from archspec.expressions.names import Names
from archspec.ir import TheirNetwork, ThirdParty
from archspec.spec.computed import Env
from archspec.spec.document import Document
from archspec.spec.report import Faulty, Report
from archspec.spec.third_parties import ThirdPartySpec


def third_parties(document: Document, variant: str | None, names: Names) -> tuple[ThirdParty, ...]:
    """The third parties of a document's variant; `names` has the values of its params."""
    params, name = dict(names), variant or document.name
    return tuple(
        ThirdParty(
            party.name,
            _Calls(party, params),
            bool(party.lines),
            tuple(_networks(party, name, variant, params)),
            tuple(sign for sign in party.signs if not _has(params, sign.params)),
        )
        for party in document.third_parties
    )


def _networks(party: ThirdPartySpec, name: str, variant: str | None, params: Env) -> Iterator[TheirNetwork]:
    """The third party's networks; only one if its own params are given, for these tell it from the others.

    `name` is the network's.
    """
    others = party.networks.get(variant, ())
    own = [each for each in others if not each.network and each.params]
    given = [each for each in own if _has(params, each.params)]
    if given:
        yield TheirNetwork(given[-1].name)
        return
    for each in others:
        yield replace(each, network=name) if each in own else each


def _has(params: Env, values: Mapping[str, object]) -> bool:
    """Whether the params have these values."""
    return all(params.get(name) == value for name, value in values.items())


class _Calls:
    """A third party's names."""

    def __init__(self, party: ThirdPartySpec, params: Env) -> None:
        self._party = party
        self._params = params

    @cached_property
    def _env(self) -> Env:
        return self._party.env(self._params)

    def __call__(self, path: str) -> str | None:
        """See `ThirdParty.calls`."""
        try:
            return self._party.call(path, self._env)
        except Faulty as fault:
            report = Report()
            report.take(fault)
            raise SpecError(report.told) from None
