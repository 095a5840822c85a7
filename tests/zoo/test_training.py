"""Networks of the zoo train alike in both frameworks, with five steps of each of four optimisers.

`pytest tests/zoo/test_training.py --train '*'` compares all of them, `--train 'vgg*'` some, `--train unmeasured` those
of which docs/parity.md has no numbers, or only some at the usual rates; with `--regenerate` these are kept for it. Each
network is as small as `smallest` makes it.
"""

from __future__ import annotations

import pytest

import archspec
from tests.marks import rows_but
from tests.zoo.kept import named
from tests.zoo.smallest import smallest
from tests.zoo.trained import TRAINED, by_the_rule, record, unmeasured

pytest.importorskip("keras")
pytest.importorskip("torch")

KINDS = ("mtcnn_pnet", "y_network", "resnet20_cifar", "mobilenet_v3_small")
"""Networks that cost little, of several kinds: with slopes that are learnt, two inputs and no normalisation, shortcuts
and moving statistics, depthwise convolutions and hard sigmoids. Quick tests train networks of a few layers, those in
tests/unit/comparison."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Compare what `--train` names, or a network of each kind."""
    wanted = metafunc.config.getoption("--train")
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", rows_but((), KINDS[:-1], KINDS) if wanted is None else named(wanted, unmeasured()))


@pytest.mark.usefixtures("forgotten")
def test_trains_alike(name: str, request: pytest.FixtureRequest) -> None:
    network = smallest(name)
    report = archspec.training_parity(network)
    if request.config.getoption("--regenerate"):
        TRAINED.write(name, record(network, report))
    elif by_the_rule(name):
        assert report.slower == TRAINED.read()[name]["slower"]
    assert report.passed, report
    assert name not in KINDS or report.largest < 1e-12
    assert all(each.weights for each in report.optimisers)
