"""Random documents about how layers are put together: blocks, scopes, copies, what is used again and what is tapped.

The layers themselves are the simplest there are. About one document in five means something; the others have to be
refused with a message.
"""

from __future__ import annotations

from random import Random
from typing import Any

Spec = dict[str, Any]

NAMES = ("s", "s1", "s2", "a", "b1", "b2", "body", "part0", "part1")
INSIDE = ("0", "1", "2", "s", "a", "body", "s.0", "0.0", "b1.s")
PARAMS = {"units": 4, "full": True, "count": 1}
DEEPEST = 3


def random_document(random: Random) -> Spec:
    """A document with blocks that use those before them, and a chain of layers that uses them all."""
    blocks: dict[str, Spec] = {}
    for name in ("A", "B", "C")[: random.randint(1, 3)]:
        params = {param: value for param, value in PARAMS.items() if random.random() < 0.5}
        block: Spec = {"params": params}
        if random.random() < 0.3:
            block["inputs"] = ["left", "right"]
        given = [*block.get("inputs", ()), *(["x"] if random.random() < 0.3 else [])]
        blocks[name] = {**block, "layers": _Chains(random, dict(blocks), given).chain(1, frozenset(params), [])}
    seen = ["stem"]
    layers = [{"name": "stem", "layer_type": "Dense", "units": 4, "inputs": "x"}]
    chains = _Chains(random, blocks, ["x"])
    layers += chains.chain(0, frozenset(), seen)
    document: Spec = {"inputs": {"x": [4]}, "blocks": blocks, "layers": layers}
    if random.random() < 0.3:
        document["outputs"] = list(dict.fromkeys(chains.tapped(seen) for _ in range(2)))
    return document


class _Chains:
    """Chains of layers in which `blocks` can be used and `given` names be read."""

    def __init__(self, random: Random, blocks: dict[str, Spec], given: list[str]) -> None:
        self._random = random
        self._blocks = blocks
        self._given = given

    def chain(self, depth: int, params: frozenset[str], seen: list[str]) -> list[Spec]:
        """Layers at a depth, whose expressions can read these params; their names are added to those that were seen."""
        lengths = (1, 1, 2, 2, 3) if depth else (4, 5, 6, 8)
        return [self._layer(depth, params, seen) for _ in range(self._random.choice(lengths))]

    def tapped(self, seen: list[str]) -> str:
        """A path to a layer that was seen, or into it."""
        path = self._random.choice(seen)
        return f"{path}.{self._random.choice(INSIDE)}" if self._random.random() < 0.12 else path

    def _layer(self, depth: int, params: frozenset[str], seen: list[str]) -> Spec:
        random, before = self._random, list(seen)
        layer: Spec = {}
        name = next((name for name in random.sample(NAMES, 4) if name not in seen), None)
        if name is not None and random.random() < 0.6:
            layer["name"] = name
            seen.append(name)
        if random.random() < 0.15:
            layer["when"] = self._condition(params)
        if random.random() < 0.15:
            layer["repeat"] = random.choice([1, 2, 3, *(["$count"] if "count" in params else [])])
            params = params | {"i"}
        kinds = [(0.3, self._dense), (0.06, self._plain), (0.06, self._merge), (0.2, self._use)]
        kinds += [(0.25, self._composite)] if depth < DEEPEST else []
        kinds += [(0.13, self._again)] if before else []
        (make,) = random.choices([make for _, make in kinds], [weight for weight, _ in kinds])
        # An unnamed composite puts its layers into the scope around it, where their names must be free.
        layer.update(make(depth, params, before, [] if "name" in layer else seen))
        if "inputs" not in layer and random.random() < 0.2:
            layer["inputs"] = self._read(before)
            if "repeat" in layer and random.random() < 0.3:
                layer["inputs"] = f'$("{layer["inputs"]}" if i == 0 else "{self._read(before)}")'
        return layer

    def _condition(self, params: frozenset[str]) -> object:
        told = {"full": ["$full", "$(not full)"], "count": ["$(count > 1)"], "i": ["$(i == 0)", "$(i > 0)"]}
        known = [text for param in sorted(params) for text in told.get(param, [])]
        return self._random.choice([True, "$(channels > 4)", *known])

    def _units(self, params: frozenset[str]) -> object:
        return self._random.choice([4, 4, 4, 8, "$channels", *(["$units"] * 2 if "units" in params else [])])

    def _read(self, before: list[str]) -> str:
        return self.tapped([*before, *self._given, "input"])

    def _dense(self, depth: int, params: frozenset[str], before: list[str], seen: list[str]) -> Spec:
        activation = {"activation": "tanh"} if self._random.random() < 0.3 else {}
        return {"layer_type": "Dense", "units": self._units(params), **activation}

    def _plain(self, depth: int, params: frozenset[str], before: list[str], seen: list[str]) -> Spec:
        return {"layer_type": self._random.choice(["ReLU", "Tanh"])}

    def _merge(self, depth: int, params: frozenset[str], before: list[str], seen: list[str]) -> Spec:
        kind = self._random.choice(["Add", "Concatenate"])
        return {"layer_type": kind, "inputs": [self._read(before), self._read(before)]}

    def _again(self, depth: int, params: frozenset[str], before: list[str], seen: list[str]) -> Spec:
        path = self._random.choice(before)
        inside = f".{self._random.choice(INSIDE)}" if self._random.random() < 0.3 else ""
        return {"layer_type": "Reuse", "layer": path + inside}

    def _use(self, depth: int, params: frozenset[str], before: list[str], seen: list[str]) -> Spec:
        if not self._blocks:
            return self._dense(depth, params, before, seen)
        name = self._random.choice(sorted(self._blocks))
        block = self._blocks[name]
        values = {"units": self._units(params), "full": self._condition(params), "count": 2}
        use = {param: values[param] for param in block["params"] if self._random.random() < 0.5}
        reads = {"inputs": [self._read(before) for _ in block["inputs"]]} if "inputs" in block else {}
        return {"layer_type": name, **use, **reads}

    def _composite(self, depth: int, params: frozenset[str], before: list[str], seen: list[str]) -> Spec:
        kind = self._random.choice(["Sequential", "Sequential", "Residual", "Parallel", "DenselyConnected"])
        if kind != "Parallel":
            return {"layer_type": kind, "layers": self.chain(depth + 1, params, seen)}
        branches = [self.chain(depth + 1, params, seen)]
        branches.append(self.chain(depth + 1, params, seen) if self._random.random() < 0.5 else [])
        merge = {"merge": "Add"} if self._random.random() < 0.5 else {}
        return {"layer_type": kind, "branches": branches, **merge}
