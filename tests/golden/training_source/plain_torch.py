"""Trains lenet by the recipe plain: `python train.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from lenet import LeNet
from loop import Batch, arguments, run
from processes import ALONE, Processes, joined


def to_tensor(array: np.ndarray, device: torch.device) -> Tensor:
    """An array on a device; images get their channels first, as PyTorch has them."""
    tensor = torch.from_numpy(array).to(device)
    if tensor.ndim != 4:
        return tensor
    # `contiguous` keeps the strides of one channel, with which gradients have other strides than their weights.
    return tensor.movedim(-1, 1).clone(memory_format=torch.contiguous_format)


def loss_of(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """The loss of a batch, a mean over its examples."""
    return F.cross_entropy(output, batch["label"])


class Training:
    """A network in training, with all that changes from step to step."""

    suffix = ".pt"
    weights_suffix = ".safetensors"

    def __init__(self, model: nn.Module, processes: Processes = ALONE) -> None:
        self.model = self.network = model
        self.processes = processes
        self.device = next(model.parameters()).device
        if processes.size > 1:
            self.network = DistributedDataParallel(model)
        parameters = [*model.parameters()]
        self.optimizer = torch.optim.Adam(
            parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-08
        )
        self.losses = torch.zeros((), dtype=torch.float64, device=self.device)
        self.examples = 0

    def step(self, batch: Batch, rate: float, number: int, count: int) -> None:
        """Step `number` with this learning rate; `count` are the examples of all processes."""
        self.model.train()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        examples = len(batch["image"])
        tensors = self._tensors(batch)
        loss = loss_of(self.network(tensors["image"]), tensors)
        (loss * (examples * self.processes.size / count)).backward()
        self.losses += loss.detach() * examples
        self.examples += examples
        self.optimizer.step()

    def is_finite(self) -> bool:
        """Whether all weights and the loss are finite."""
        state = self.model.state_dict().values()
        finite = all(bool(torch.isfinite(each).all()) for each in (*state, self.losses))
        return all(self.processes.gather(finite))

    def mean_loss(self) -> float:
        """The mean loss of the examples since the last call."""
        total = self.processes.sum
        mean = total(float(self.losses)) / total(self.examples)
        self.losses.zero_()
        self.examples = 0
        return mean

    @torch.no_grad()
    def evaluate(self, batches: Iterator[Batch]) -> dict[str, float]:
        """The means of the loss and of the metrics over these batches of all processes."""
        model = self.model.eval()
        sums = dict.fromkeys(["loss", "accuracy"], 0.0)
        examples = 0
        for batch in batches:
            tensors = self._tensors(batch)
            outputs = model(tensors["image"])
            count = len(batch["image"])
            examples += count
            sums["loss"] += float(loss_of(outputs, tensors)) * count
            sums["accuracy"] += (
                float((outputs.argmax(1) == tensors["label"]).double().mean()) * count
            )
        total = self.processes.sum
        return {name: total(each) / total(examples) for name, each in sums.items()}

    def state(self, progress: dict[str, Any]) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "progress": progress,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "losses": self.processes.sum(float(self.losses)),
            "examples": self.processes.sum(self.examples),
        }

    def save(self, file: Path, state: dict[str, Any]) -> None:
        """Write a checkpoint."""
        torch.save(state, file)

    def load(self, file: Path) -> dict[str, Any]:
        """Go back to a checkpoint, and return its progress."""
        state = torch.load(file, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.processes.rank == 0:  # the sums are those of all processes
            self.losses.fill_(state["losses"])
            self.examples = state["examples"]
        return state["progress"]

    def weights(self) -> dict[str, Tensor]:
        """The network's weights."""
        return self.model.state_dict()

    def save_weights(self, file: Path, weights: dict[str, Tensor]) -> None:
        """Write the network's weights."""
        save_file(weights, file)

    def _tensors(self, batch: Batch) -> dict[str, Tensor]:
        return {name: to_tensor(array, self.device) for name, array in batch.items()}


def main() -> None:
    options = arguments()
    automatic = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(automatic if options.device == "auto" else options.device)
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    with joined() as processes:
        model = LeNet()
        model.load_state_dict(load_file(Path(__file__).with_name("model.safetensors")))
        run(Training(model.to(device), processes), options.resume)


if __name__ == "__main__":
    main()
