"""Networks of many kinds are the same function in both precisions, at a small image.

In float64 every network is held against a third party's: tests/peers. `pytest tests/zoo/test_inference.py --infer '*'`
compares all of them in both precisions, each as `smallest` makes it, `--infer 'vgg*'` some, `--infer unmeasured` those
of which docs/parity.md has no numbers; with `--regenerate` these are kept for it.
"""

from __future__ import annotations

import pytest

import archspec
from archspec import zoo
from tests.marks import rows_but
from tests.peers.uncompiled import grouped_convolutions
from tests.zoo.inferred import INFERRED, record, unmeasured
from tests.zoo.kept import named
from tests.zoo.small import NETWORKS, TOO_LARGE
from tests.zoo.smallest import smallest

pytest.importorskip("keras")
pytest.importorskip("torch")

QUICK = {"lenet5"}

KINDS = (
    *("lenet5", "alexnet_paper", "convnext_tiny", "densenet_bc_100_12", "efficientnet_b0", "googlenet", "mtcnn_onet"),
    *("mobilenet_v3_small", "nasnet_mobile", "regnet_y_400mf", "resnet18_flattened", "shufflenet_v2_x0_5"),
    *("xception", "y_network"),
)
"""Networks in which rounding grows in several ways: with and without normalisations, gates, dense connections, several
inputs and outputs."""

FEW = ("densenet_bc_100_12", "mobilenet_v3_small", "mtcnn_onet", "shufflenet_v2_x0_5")
"""Those that run without `--tables`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Compare what `--infer` names, or a network of each kind."""
    wanted = metafunc.config.getoption("--infer")
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", rows_but(QUICK, FEW, KINDS) if wanted is None else named(wanted, unmeasured()))


@pytest.mark.usefixtures("forgotten")
def test_same_function(name: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--infer") is None:
        network = archspec.load(name, **NETWORKS[name])
        # XLA compiles each use of a grouped convolution anew: what is kept for the page waits for that, tests do not.
        with grouped_convolutions():
            report = archspec.parity(network)
    else:
        network = smallest(name)
        report = archspec.parity(network)
        if request.config.getoption("--regenerate"):
            INFERRED.write(name, record(network, report))
    assert [output.name for output in report.outputs] == list(network.outputs)
    assert report.passed, report.outputs


def test_every_family_has_one() -> None:
    families = {network.path.stem for network in zoo.networks()}
    held = {network.path.stem for network in zoo.networks() if network.name in NETWORKS}
    assert families - held == set(TOO_LARGE)
