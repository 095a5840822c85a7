"""What PyTorch's older exporters did with small networks: `legacy.json` has their reasons, empty for none."""

from __future__ import annotations

from tests.zoo.kept import Kept

LEGACY = Kept("legacy.json")
