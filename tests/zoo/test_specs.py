"""The zoo's files: one a family, and short."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from archspec.catalogue import summaries
from archspec.zoo import spec_files

THIRD_PARTIES = {
    "alexnet": ["torchvision/models/alexnet.py"],
    "vgg": ["torchvision/models/vgg.py"],
    "googlenet": ["torchvision/models/googlenet.py"],
    "resnet": ["torchvision/models/resnet.py"],
    "resnet_keras": ["keras/src/applications/resnet.py"],
    "resnet_v2": ["keras/src/applications/resnet_v2.py"],
    "densenet": ["torchvision/models/densenet.py"],
    "densenet_keras": ["keras/src/applications/densenet.py"],
    "inception_v3": ["torchvision/models/inception.py", "keras/src/applications/inception_v3.py"],
    "inception_resnet": ["keras/src/applications/inception_resnet_v2.py"],
    "xception": ["keras/src/applications/xception.py"],
    "xception_keras": ["keras/src/applications/xception.py"],
    "squeezenet": ["torchvision/models/squeezenet.py"],
    "mobilenet": ["keras/src/applications/mobilenet.py"],
    "mobilenet_v2": ["torchvision/models/mobilenetv2.py"],
    "mobilenet_v2_keras": ["keras/src/applications/mobilenet_v2.py"],
    "mobilenet_v3": ["torchvision/models/mobilenetv3.py"],
    "mobilenet_v3_keras": ["keras/src/applications/mobilenet_v3.py"],
    "mnasnet": ["torchvision/models/mnasnet.py"],
    "nasnet": ["keras/src/applications/nasnet.py"],
    "shufflenet_v2": ["torchvision/models/shufflenetv2.py"],
    "regnet": ["torchvision/models/regnet.py"],
    "efficientnet": ["torchvision/models/efficientnet.py", "keras/src/applications/efficientnet.py"],
    "efficientnet_keras": ["keras/src/applications/efficientnet.py"],
    "efficientnet_v2": ["torchvision/models/efficientnet.py"],
    "efficientnet_v2_keras": ["keras/src/applications/efficientnet_v2.py"],
    "convnext": ["torchvision/models/convnext.py"],
    "convnext_keras": ["keras/src/applications/convnext.py"],
}
"""The same families as torchvision and keras.applications have them; all of theirs do not have VGG in one file."""

FOR_PEOPLE = ("class_name:", "meanings:", "preprocessing:", "names:")
"""What says nothing of what the network computes: the keys' lines do not count."""

LINES = {"lenet": 20, "resnet": 70, "efficientnet": 76, "densenet": 50, "inception_v3": 120}
"""How many lines a family may take."""

LONGEST_MEANING = 50


@pytest.mark.parametrize("family", LINES)
def test_a_family_is_short(family: str) -> None:
    (spec,) = [path for path in spec_files() if path.stem == family]
    assert len(_own_lines(spec)) <= LINES[family]


@pytest.mark.parametrize("family", THIRD_PARTIES)
def test_a_family_takes_at_most_a_third_of_the_lines(family: str) -> None:
    (spec,) = [path for path in spec_files() if path.stem == family]
    for file in THIRD_PARTIES[family]:
        package = find_spec(file.partition("/")[0])
        if package is None or package.origin is None:
            pytest.skip(f"{file} is not installed")
        theirs = Path(package.origin).parents[1] / file
        assert 3 * len(_own_lines(spec)) <= len(_lines(theirs))


def test_every_param_has_a_meaning_that_fits_a_screen() -> None:
    for network in summaries():
        assert set(network.meanings) == set(network.params)
        assert all(0 < len(meaning) <= LONGEST_MEANING for meaning in network.meanings.values()), network.name


def test_classes_are_described_by_the_same_words_in_all_families() -> None:
    words = "number of classes"
    assert {network.meanings.get("classes", words) for network in summaries()} == {words}


def _own_lines(path: Path) -> list[str]:
    """The lines of a spec without what is only for people."""
    lines: list[str] = []
    skipped = False
    for line in _lines(path):
        skipped = line.startswith(FOR_PEOPLE) or (skipped and line.startswith(" "))
        lines += [] if skipped else [line]
    return lines


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
