"""timm's files of weights: every network of which a spec knows timm's names takes its state_dict without a map."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

import archspec
from archspec import Network
from archspec.checkpoints import Checkpoint, Matching, match
from archspec.weights import Stored
from tests.peers import measured, timm_networks
from tests.peers.known_networks import Known
from tests.peers.timm_networks import known

pytest.importorskip("torch")

if find_spec("timm") is None:
    pytest.skip("timm is not installed", allow_module_level=True)

LEAST = 60
"""The smallest number of timm's networks with the zoo's functions."""

SIZES = {"vgg": 224, "nasnet": 331, "inception": 107, "xception": 96}
"""The images at which networks are compared, by the beginnings of their names; 64 for the others."""

LARGEST = 250_000_000
"""The largest number of parameters of networks that are compared in numbers."""

QUICK = [row for row in known() if row.theirs == "mobilenetv3_small_100"]

FEW = {"convnext_tiny", "densenet121", "efficientnet_lite0", "mnasnet_100", "regnety_004", "resnet18"}
"""Those that run without `--tables`."""

ROWS = [
    pytest.param(row, marks=() if row.theirs in FEW else pytest.mark.table, id=timm_networks.key(row))
    for row in known()
]

DIFFERS = 1e-6
"""The smallest difference of the functions of networks that are said to differ."""


def network(row: Known) -> Network:
    size = next((size for name, size in SIZES.items() if row.network.startswith(name)), 64)
    return archspec.load(row.network, params=row.params, inputs={"": (size, size, 3)})


def matched(row: Known, ours: Network) -> Matching:
    from tests.peers.timm_peer import build_peer

    state = build_peer(row.theirs).state_dict()
    tensors = {
        name: Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), tensor.numpy)
        for name, tensor in state.items()
    }
    return match(ours.graph, Checkpoint(Path(row.theirs), "torch", tensors, "definition"))


def check(row: Known) -> dict[str, object]:
    """The evidence for timm's tensors, of which each is one weight, and the difference of the functions."""
    ours = network(row)
    matching = matched(row, ours)
    assert matching.complete
    assert len({each.tensor for each in matching.matches}) == len(matching.matches)
    ways = Counter(each.how for each in matching.matches)
    assert not {"order", "map"} & ways.keys()
    party = matching.third_party if "third party" in ways else None
    found: dict[str, object] = {"names": party.name if party else "its own"}
    if ours.parameters().total <= LARGEST:
        difference = archspec.peer_parity(ours, f"timm:{row.theirs}", backends=["torch"]).largest
        assert difference > DIFFERS if row.differs else difference <= 1e-10
        found["difference"] = float(f"{difference:.1e}")
    return found


@pytest.mark.parametrize("row", QUICK, ids=timm_networks.key)
def test_a_state_dict_is_found_by_names(row: Known) -> None:
    check(row)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS)
def test_every_state_dict_is_found_by_names(row: Known) -> None:
    found = check(row)
    if measured.keep:
        timm_networks.write(row, found)
    kept = timm_networks.measured()[timm_networks.key(row)]
    assert kept["names"] == found["names"], "run pytest --full tests/peers/test_timm.py --regenerate"
    assert ("difference" in kept) == ("difference" in found)


@pytest.mark.slow
@pytest.mark.parametrize("row", QUICK, ids=timm_networks.key)
@pytest.mark.filterwarnings("ignore::archspec.checkpoints.messages.CheckpointWarning")
def test_a_converted_file_gives_both_backends_timms_outputs(row: Known, tmp_path: Path) -> None:
    import torch

    from tests.peers.agreement import agreed
    from tests.peers.timm_peer import build_peer
    from tests.peers.torchvision_peer import train

    ours, peer = network(row), build_peer(row.theirs).to_empty(device="cpu")
    train(peer)
    torch.save(peer.state_dict(), tmp_path / "timm.pth")
    archspec.convert_weights(ours, tmp_path / "timm.pth", tmp_path / "ours.weights.h5", to="tensorflow")
    weights = archspec.read_checkpoint(ours, tmp_path / "ours.weights.h5")
    image = torch.rand(2, 3, 64, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = peer(image).numpy()
    (name,) = ours.inputs
    for results in agreed(ours, weights, {name: image.permute(0, 2, 3, 1).numpy()}).values():
        (found,) = results.values()
        assert abs(found - expected).max() <= 1e-10 * abs(expected).max()


def test_there_are_enough() -> None:
    assert len({row.theirs for row in known() if not row.differs}) >= LEAST
