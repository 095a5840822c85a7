"""A measurement: its report from times, and what is refused before a process starts."""

from __future__ import annotations

import json
from typing import Any

import pytest

import archspec
from archspec.errors import ArchspecError, ArgumentError, BackendMissingError
from archspec.timing.spread import Verdict
from tests.unit.timing.reports import NOISY, QUIET, scripted

SMALL: dict[str, Any] = {
    "archspec": 1,
    "name": "small",
    "inputs": {"image": [6, 6, 2]},
    "layers": [{"layer_type": "GlobalAveragePooling2D"}, {"layer_type": "Dense", "units": 3}],
}
PEER = "torchvision:resnet18"


def test_a_report_has_a_row_for_each_network_and_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [2 * each for each in QUIET]
    scripted(monkeypatch, {"small": QUIET, PEER: twice}, QUIET)
    report = archspec.bench(SMALL, batches=[1, 4], against=[PEER])
    assert [(row.backend, row.network, row.batch) for row in report.rows] == [
        ("torch", "small", 1),
        ("torch", PEER, 1),
        ("torch", "small", 4),
        ("torch", PEER, 4),
        ("tensorflow", "small", 1),
        ("tensorflow", "small", 4),
    ]
    assert [row.images_a_second for row in report.rows] == [1.0, 0.5, 4.0, 2.0, 1.0, 4.0]
    assert [(each.backend, each.batch, each.verdict) for each in report.comparisons] == [
        ("torch", 1, Verdict.FASTER),
        ("torch", 4, Verdict.FASTER),
    ]
    assert {each.speed.median for each in report.comparisons} == {2.0}
    assert report.quiet


def test_an_optimised_network_is_compared_with_the_plain_one_and_with_others(monkeypatch: pytest.MonkeyPatch) -> None:
    faster = {
        f"small {form}": [each / by for each in QUIET] for form, by in (("optimised", 2), ("optimised, fused", 4))
    }
    seconds = {"small": QUIET, **faster, PEER: [each * 2 for each in QUIET]}
    scripted(monkeypatch, seconds, QUIET)
    report = archspec.bench(SMALL, backends=["torch"], batches=[1], against=[PEER], optimize=True)
    assert [row.network for row in report.rows] == ["small", "small optimised", "small optimised, fused", PEER]
    assert [(each.network, each.against, each.speed.median) for each in report.comparisons] == [
        ("small optimised", "small", 2.0),
        ("small optimised, fused", "small", 4.0),
        ("small", PEER, 2.0),
        ("small optimised", PEER, 4.0),
        ("small optimised, fused", PEER, 8.0),
    ]


def test_keras_runs_an_optimised_network_with_constant_weights_too(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["small", "small optimised", "small optimised, frozen"]
    scripted(monkeypatch, dict.fromkeys(names, QUIET), QUIET)
    report = archspec.bench(SMALL, backends=["tensorflow"], batches=[1], optimize=True)
    assert [row.network for row in report.rows] == names
    assert [(each.network, each.against) for each in report.comparisons] == [(name, "small") for name in names[1:]]


def test_a_noisy_machine_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {"small": QUIET, PEER: [1.1 * each for each in QUIET]}, NOISY)
    report = archspec.bench(SMALL, backends=["torch"], batches=[1], against=[PEER])
    assert not report.quiet
    assert report.noise[0].factor == pytest.approx(1.4)
    (comparison,) = report.comparisons
    assert comparison.speed.median == pytest.approx(1.1)
    assert comparison.verdict is Verdict.UNTOLD


def test_the_record_is_json_and_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {"small": QUIET, PEER: QUIET}, QUIET)
    report = archspec.bench(SMALL, backends=["torch"], batches=[2], against=[PEER])
    record = json.loads(json.dumps(report.record()))
    assert record["network"] == "small"
    assert record["inputs"] == {"image": [6, 6, 2]}
    assert record["quiet"] is True
    assert record["environments"]["torch"]["threads"] == 2
    assert {"archspec", "torch"} <= record["environments"]["torch"]["versions"].keys()
    ours, theirs = record["rows"]
    assert ours == {
        "backend": "torch",
        "network": "small",
        "batch": 2,
        "seconds": {"lower": 1.0, "median": 1.0, "upper": 1.0},
        "memory": 50_000_000,
        "outputs": 1,
        "images_a_second": 2.0,
    }
    assert theirs["network"] == PEER
    (comparison,) = record["comparisons"]
    assert (comparison["network"], comparison["against"], comparison["verdict"]) == ("small", PEER, "same")
    assert record["noise"] == [{"backend": "torch", "batch": 2, "factor": 1.0, "quiet": True}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batches": [0]}, "a batch has one sample or more, not 0"),
        ({"batches": []}, "at least one backend and one batch"),
        ({"backends": []}, "at least one backend and one batch"),
        ({"backends": ["torch", "torch"]}, "backends: each is measured once"),
        ({"rounds": 9}, "10 rounds or more are needed, not 9"),
        ({"threads": 0}, "one thread or more is needed, not 0"),
        ({"device": "auto"}, "there is no device 'auto': it may be cpu, cuda"),
        ({"against": ["resnet18"]}, "say PACKAGE:NAME, of "),
        ({"against": [PEER], "backends": ["tensorflow"]}, "runs in torch, which is not among the backends"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_a_process_starts(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], message: str
) -> None:
    scripted(monkeypatch, {}, [])
    with pytest.raises(ArchspecError, match=message):
        archspec.bench(SMALL, **options)


def test_backends_that_are_missing_or_cannot_be_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackendMissingError, match="there is no backend 'jax'"):
        archspec.bench(SMALL, backends=["jax"])
    monkeypatch.setattr("archspec.timing.asked.find_backend", lambda name: object())
    with pytest.raises(BackendMissingError, match="the backend numpy has no way to time its models"):
        archspec.bench(SMALL, backends=["numpy"])


def test_arguments_of_other_types() -> None:
    with pytest.raises(ArgumentError, match="backends is"):
        archspec.bench(SMALL, backends="torch")
    with pytest.raises(ArgumentError, match="rounds is a whole number"):
        archspec.bench(SMALL, rounds=2.5)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="batches is"):
        archspec.bench(SMALL, batches=["1"])  # type: ignore[list-item]


def test_a_size_that_is_unknown_is_asked_for() -> None:
    with pytest.raises(ArchspecError, match=r"the input image is \(\?, \?, 2\), and the time depends on its size"):
        archspec.bench({**SMALL, "inputs": {"image": [None, None, 2]}})


def test_a_network_of_several_inputs_has_no_peer() -> None:
    layers = [{"name": "sum", "layer_type": "Add", "inputs": ["one", "two"]}]
    two = {"archspec": 1, "name": "two", "inputs": {"one": [3], "two": [3]}, "layers": layers}
    with pytest.raises(ArchspecError, match="two has several inputs, and third parties' networks one"):
        archspec.bench(two, against=[PEER])
