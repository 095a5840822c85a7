"""Trains resnet20_cifar by the recipe rich: `python train.py`."""

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
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from loop import Batch, arguments, parts, run
from processes import ALONE, Processes, joined
from resnet20_cifar import ResNet20CIFAR

FIXED = ("bn1",)
FROZEN = ("bn1.bias", "bn1.weight", "conv1.weight")
PENALISED_L2 = ("linear.weight",)


def to_tensor(array: np.ndarray, device: torch.device) -> Tensor:
    """An array on a device; images get their channels first, as PyTorch has them."""
    tensor = torch.from_numpy(array).to(device)
    if tensor.ndim != 4:
        return tensor
    # `contiguous` keeps the strides of one channel, with which gradients have other strides than their weights.
    return tensor.movedim(-1, 1).clone(memory_format=torch.contiguous_format)


def loss_of(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """The loss of a batch, a mean over its examples."""
    return F.cross_entropy(output.float(), batch["label"], label_smoothing=0.1)


class Training:
    """A network in training, with all that changes from step to step."""

    suffix = ".pt"
    weights_suffix = ".safetensors"

    def __init__(self, model: nn.Module, processes: Processes = ALONE) -> None:
        self.model = self.network = model
        self.processes = processes
        self.device = next(model.parameters()).device
        for name, parameter in model.named_parameters():
            parameter.requires_grad = name not in FROZEN
        if processes.size > 1:
            self.network = DistributedDataParallel(model)
            # Each process has moving statistics of its own, until they are averaged.
            self.network.broadcast_buffers = False
        parameters = [each for each in model.parameters() if each.requires_grad]
        decayed = [each for each in parameters if each.ndim > 1]
        self.optimizer = torch.optim.SGD(
            parameters, lr=0.1, momentum=0.9, nesterov=True
        )
        self.decayed = decayed
        self.parameters = parameters
        self.average = AveragedModel(
            model, multi_avg_fn=get_ema_multi_avg_fn(0.999), use_buffers=True
        )
        self.losses = torch.zeros((), dtype=torch.float64, device=self.device)
        self.examples = 0

    def step(self, batch: Batch, rate: float, number: int, count: int) -> None:
        """Step `number` with this learning rate; `count` are the examples of all processes."""
        self.model.train()
        for name in FIXED:
            self.model.get_submodule(name).eval()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        pieces = parts(batch)
        for index, part in enumerate(pieces, start=1):
            # The processes exchange their gradients once, after the last part.
            self.network.require_backward_grad_sync = index == len(pieces)
            examples = len(part["image"])
            tensors = self._tensors(part)
            with torch.autocast(self.device.type, torch.bfloat16):
                loss = loss_of(self.network(tensors["image"]), tensors) + 0.0001 * sum(
                    each.square().sum()
                    for name, each in self.model.named_parameters()
                    if name in PENALISED_L2
                )
            (loss * (examples * self.processes.size / count)).backward()
            self.losses += loss.detach() * examples
            self.examples += examples
        gradients = [each.grad for each in self.parameters if each.grad is not None]
        norms = torch.stack([torch.linalg.vector_norm(each) for each in gradients])
        scale = (1.0 / torch.linalg.vector_norm(norms)).clamp(max=1.0)
        for gradient in gradients:
            gradient.mul_(scale)
        with torch.no_grad():
            for parameter in self.decayed:
                parameter.mul_(1 - rate * 0.0001)
        self.optimizer.step()
        self.average.update_parameters(self.model)

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
        self._average_statistics()
        model = self.average.module.eval()
        sums = dict.fromkeys(["loss"], 0.0)
        examples = 0
        for batch in batches:
            tensors = self._tensors(batch)
            with torch.autocast(self.device.type, torch.bfloat16):
                outputs = model(tensors["image"])
            count = len(batch["image"])
            examples += count
            sums["loss"] += float(loss_of(outputs, tensors)) * count
        total = self.processes.sum
        return {name: total(each) / total(examples) for name, each in sums.items()}

    def state(self, progress: dict[str, Any]) -> dict[str, Any]:
        """Everything that the next step depends on."""
        self._average_statistics()
        return {
            "progress": progress,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state_dict(),
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
        self.average.load_state_dict(state["average"])
        if self.processes.rank == 0:  # the sums are those of all processes
            self.losses.fill_(state["losses"])
            self.examples = state["examples"]
        return state["progress"]

    def weights(self) -> dict[str, Tensor]:
        """The network's weights, averaged."""
        self._average_statistics()
        return self.average.module.state_dict()

    def save_weights(self, file: Path, weights: dict[str, Tensor]) -> None:
        """Write the network's weights."""
        save_file(weights, file)

    def _average_statistics(self) -> None:
        """Give all processes the means of their moving statistics."""
        for model in (self.model, self.average.module):
            self.processes.average_statistics(model, FIXED)

    def _tensors(self, batch: Batch) -> dict[str, Tensor]:
        return {name: to_tensor(array, self.device) for name, array in batch.items()}


def main() -> None:
    options = arguments()
    automatic = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(automatic if options.device == "auto" else options.device)
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    with joined() as processes:
        model = ResNet20CIFAR()
        model.load_state_dict(load_file(Path(__file__).with_name("model.safetensors")))
        run(Training(model.to(device), processes), options.resume)


if __name__ == "__main__":
    main()
