"""The zoo's files: one a family, and short."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from archspec.zoo import spec_files

THIRD_PARTIES = {
    "alexnet": ["torchvision/models/alexnet.py"],
    "vgg": ["torchvision/models/vgg.py"],
    "googlenet": ["torchvision/models/googlenet.py"],
    "resnet": ["torchvision/models/resnet.py", "keras/src/applications/resnet.py"],
    "densenet": ["torchvision/models/densenet.py", "keras/src/applications/densenet.py"],
}
"""The same families as torchvision and keras.applications have them; all of theirs do not have VGG in one file."""


@pytest.mark.parametrize("family", THIRD_PARTIES)
def test_a_family_takes_at_most_a_third_of_the_lines(family: str) -> None:
    (spec,) = [path for path in spec_files() if path.stem == family]
    for file in THIRD_PARTIES[family]:
        package = find_spec(file.partition("/")[0])
        if package is None or package.origin is None:
            pytest.skip(f"{file} is not installed")
        theirs = Path(package.origin).parents[1] / file
        assert 3 * len(_lines(spec)) <= len(_lines(theirs))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
