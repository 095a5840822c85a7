"""Files that are meant to do harm: refused in two seconds and 256 MB, before a framework is imported.

The seconds are the processor's, on a machine that imports pydantic, yaml and numpy in a fifth of one. A slower machine,
or one that runs other tests as well, has as many times more as it takes longer for that. A layer that is itself in
order costs what it does in any network, of which 10,000 layers may take the two seconds: no file here has more of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.diagnostics.program import SPECS, messages
from tests.marks import slow_but
from tests.patience import SECONDS

MEGABYTES = 256
SIZE = 1_000_000

FRAMEWORKS = {"torch", "tensorflow", "keras", "jax", "archspec_torch", "archspec_tensorflow"}

# Runs the program, and then says on the last line of stdout what that took.
_CHILD = """
import json, resource, sys
from archspec.cli import main
sys.argv[0] = "archspec"
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
used = resource.getrusage(resource.RUSAGE_SELF)
# The kernel's ru_maxrss counts what the parent had when it forked; VmHWM begins anew with the program.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
record = {"code": code, "seconds": used.ru_utime + used.ru_stime, "megabytes": int(peak.split()[1]) / 1024}
print(json.dumps({**record, "modules": sorted(name.partition(".")[0] for name in sys.modules)}))
"""

HEAD = "inputs: {image: [28, 28, 1]}\nlayers:\n"


def _lines(line: Callable[[int], str], head: str = HEAD) -> str:
    """As many lines as a file of the size has."""
    parts, size, index = [head], len(head), 0
    while size < SIZE - 200:
        parts.append(line(index))
        size += len(parts[-1])
        index += 1
    return "".join(parts)


def _bomb() -> str:
    levels = [f"l{n}: &l{n} [{', '.join(['*l' + str(n - 1)] * 10)}]\n" for n in range(1, 10)]
    return f"l0: &l0 [{', '.join('x' * 10)}]\n{''.join(levels)}layers: *l9\n"


_BLOCKS = "".join(f"  B{n}: {{layers: [{{layer_type: B{n + 1}}}, {{layer_type: B{n + 1}}}]}}\n" for n in range(40))
_LONG = "a" * 40
_COPIES = "{layer_type: Sequential, repeat: $n, layers: ["

HOSTILE: dict[str, tuple[str, str, str]] = {
    "nesting-flow": (".yaml", "[" * 10_000 + "]" * 10_000, "too-deep"),
    "nesting-flow-mappings": (".yaml", "{a: " * 10_000 + "}" * 10_000, "too-deep"),
    "nesting-block": (".yaml", "- " * 10_000 + "x", "too-deep"),
    "nesting-block-mappings": (".yaml", "".join(" " * depth + "a:\n" for depth in range(1_000)), "too-deep"),
    "nesting-json": (".json", "[" * 10_000 + "]" * 10_000, "too-deep"),
    "nesting-json-objects": (".json", '{"a":' * 10_000 + "1" + "}" * 10_000, "too-deep"),
    "nesting-unclosed": (".yaml", "[" * SIZE, "too-deep"),
    "alias-bomb": (".yaml", _bomb(), "too-many-values"),
    "layer-types": (".yaml", _lines(lambda n: f"  - {{layer_type: Layer{n}}}\n"), "unknown-layer"),
    "long-layer-types": (".yaml", _lines(lambda n: f"  - {{layer_type: {'Conv' * 14}{n}}}\n"), "unknown-layer"),
    "attributes": (".yaml", _lines(lambda n: f"  - {{layer_type: ReLU, a{n}: 1}}\n"), "unknown-attribute"),
    "keys": (".yaml", _lines(lambda n: f"key{n}: 1\n"), "unknown-key"),
    "same-keys": (".yaml", _lines(lambda n: "inputs: 1\n"), "duplicate-key"),
    "references": (
        ".yaml",
        _lines(lambda n: f"  - {{name: a{n}, layer_type: ReLU, inputs: {'b' * 70}{n}}}\n"),
        "unknown-reference",
    ),
    "later-references": (
        ".yaml",
        _lines(lambda n: f"  - {{name: {_LONG}{n}, layer_type: ReLU, inputs: {_LONG}{n + 5000}}}\n"),
        "later-reference",
    ),
    "cycles": (
        ".yaml",
        _lines(lambda n: f"  - {{name: {_LONG}{n}, layer_type: Add, inputs: [image, {_LONG}{n + 1}]}}\n"),
        "later-reference",
    ),
    "params": (".yaml", _lines(lambda n: f", p{n}: $q", "layers: []\nparams: {p: 1") + "}\n", "too-large"),
    "variants": (
        ".yaml",
        HEAD + "  - {layer_type: Dens}\nvariants: {" + ", ".join(f"v{n}: {{}}" for n in range(1000)) + "}\n",
        "unknown-layer",
    ),
    "faulty-variants": (
        ".yaml",
        f"params: {{n: 1}}\n{HEAD}  - {{layer_type: Dense, units: $n, repeat: 999}}\nvariants: {{"
        + ", ".join(f"v{n}: {{n: -{n}}}" for n in range(1000))
        + "}\n",
        "wrong-value",
    ),
    "expressions": (".yaml", _lines(lambda n: "  - {layer_type: Dense, units: $(9 ** 9 ** 9)}\n"), "expression-failed"),
    "long-expression": (
        ".yaml",
        HEAD + "  - {layer_type: Dense, units: $(" + "1+" * (SIZE // 2) + "1)}\n",
        "bad-expression",
    ),
    "names": (".yaml", _lines(lambda n: '  - {layer_type: ReLU, name: "\';import os"}\n'), "not-a-name"),
    "shapes": (
        ".yaml",
        _lines(lambda n: "  - {layer_type: Conv2D, filters: 1, kernel_size: 99, inputs: image}\n"),
        "wrong-shape",
    ),
    "copies": (".yaml", HEAD + "  - {layer_type: Dense, units: $(1 // 0), repeat: 100000}\n", "expression-failed"),
    "computed-copies": (".yaml", f"params: {{n: 99999}}\n{HEAD}  - {_COPIES * 9}]}}{']}' * 8}\n", "too-large"),
    "repeat": (".yaml", HEAD + "  - {layer_type: ReLU, repeat: 1000000000}\n", "too-large"),
    "left-out": (
        ".yaml",
        HEAD
        + "  - {layer_type: Sequential, repeat: 50000, layers: [{layer_type: ReLU, repeat: 50000, when: $(i < 0)}]}\n",
        "too-large",
    ),
    "block-bomb": (".yaml", f"blocks:\n{_BLOCKS}  B40: {{layers: []}}\n{HEAD}  - {{layer_type: B0}}\n", "too-large"),
    "columns": (
        ".yaml",
        f"{HEAD}  - {{layer_type: Dense, units: $x, for: {{a: [{'0,' * 45_000}], b: [{'0,' * 45_000}]}}}}\n",
        "unknown-name",
    ),
    "one-line": (
        ".yaml",
        "inputs: {image: [28, 28, 1]}\nlayers: [" + "{layer_type: Relu}, " * 20_000 + "]\n",
        "unknown-layer",
    ),
    "one-word": (".yaml", HEAD + "  - {layer_type: " + "x" * SIZE + "}\n", "unknown-layer"),
    "one-name": (".yaml", HEAD + "  - {layer_type: ReLU, name: " + "x" * SIZE + "}\n", "not-a-name"),
    "one-number": (".yaml", HEAD + "  - {layer_type: Dense, units: " + "9" * SIZE + "}\n", "bad-number"),
    "line-ends": (".yaml", HEAD + "  - {layer_type: Relu}\n" + "\n" * SIZE, "unknown-layer"),
    "control-characters": (".yaml", "\0" * SIZE, "bad-character"),
    "braces": (".yaml", "layers: [a${" + " " * SIZE + "x]", "bad-expression"),
    "tuples": (".yaml", f"layers: [{', '.join(['(a' + ' ' * 190] * 5_000)}]", "wrong-type"),
    "json-layer-types": (".json", "[" + '{"layer_type": "X"},' * 40_000 + "{}]", "unknown-layer"),
    "json-escapes": (".json", '[{"layer_type": "' + "\\u0041" * (SIZE // 6) + '"}]', "unknown-layer"),
}


@dataclass(frozen=True)
class Record:
    """What a run took: seconds of the processor and the most memory."""

    code: int
    seconds: float
    megabytes: float
    modules: list[str]

    def check(self) -> None:
        """Within the bounds, and no framework."""
        assert self.code == 1
        assert self.seconds < SECONDS
        assert self.megabytes < MEGABYTES
        assert FRAMEWORKS.isdisjoint(self.modules)


def _run(spec: Path) -> tuple[Record, str]:
    """`archspec validate SPEC` in a process of its own, and what it printed on stderr."""
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, "validate", spec.name],
        cwd=spec.parent,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Record(**json.loads(child.stdout.splitlines()[-1])), child.stderr


QUICK = ("layer-types", "cycles", "faulty-variants")
"""Names, wiring and lowering; texts are tried in tests/unit/source."""


@pytest.mark.parametrize("name", slow_but(QUICK, HOSTILE))
def test_a_hostile_file_is_refused_in_little_time_and_memory(name: str, tmp_path: Path) -> None:
    suffix, text, code = HOSTILE[name]
    assert len(text) <= 1.1 * SIZE
    spec = tmp_path / f"spec{suffix}"
    spec.write_text(text)
    record, printed = _run(spec)
    told = list(messages(printed))
    assert code in {message.code for message in told}
    assert len(told) <= 101
    assert len(printed) < 100_000
    assert "Traceback" not in printed
    record.check()


@pytest.mark.parametrize(
    "name", ["many_faults.yaml", "densenet121_as_printed.yaml", "alias_bomb.yaml", "json_list_of_layers.json"]
)
def test_messages_come_before_a_framework_is_imported(name: str) -> None:
    record, printed = _run(SPECS / name)
    assert printed == (SPECS / name).with_suffix(".txt").read_text()
    record.check()
