"""Trains resnet20_cifar by the recipe rich: `python train.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from loop import Batch, arguments, parts, run
from processes import ALONE, Processes
from resnet20_cifar import ResNet20CIFAR

FIXED = ("bn1",)
FROZEN = ("bn1.bias", "bn1.weight", "conv1.weight")
PENALISED_L2 = ("linear.weight",)


def to_tensor(array: np.ndarray, device: torch.device) -> Tensor:
    """An array on a device; images get their channels first, as PyTorch has them."""
    tensor = torch.from_numpy(array).to(device)
    return tensor.movedim(-1, 1).contiguous() if tensor.ndim == 4 else tensor


def loss_of(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """The loss of a batch, a mean over its examples."""
    return F.cross_entropy(output.float(), batch["label"], label_smoothing=0.1)


class Training:
    """A network in training, with all that changes from step to step."""

    suffix = ".pt"
    weights_suffix = ".safetensors"

    def __init__(self, model: nn.Module, processes: Processes = ALONE) -> None:
        self.model = model
        self.processes = processes
        self.device = next(model.parameters()).device
        for name, parameter in model.named_parameters():
            parameter.requires_grad = name not in FROZEN
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
        for part in parts(batch):
            tensors = self._tensors(part)
            with torch.autocast(self.device.type, torch.bfloat16):
                loss = loss_of(self.model(tensors["image"]), tensors) + 0.0001 * sum(
                    each.square().sum()
                    for name, each in self.model.named_parameters()
                    if name in PENALISED_L2
                )
            (loss * (len(part["image"]) / count)).backward()
            self.losses += loss.detach() * len(part["image"])
        self.examples += count
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
        return all(bool(torch.isfinite(each).all()) for each in (*state, self.losses))

    def mean_loss(self) -> float:
        """The mean loss of the examples since the last call."""
        mean = float(self.losses) / self.examples
        self.losses.zero_()
        self.examples = 0
        return mean

    @torch.no_grad()
    def evaluate(self, batches: Iterator[Batch]) -> dict[str, float]:
        """The means of the loss and of the metrics over these batches."""
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
        return {name: total / examples for name, total in sums.items()}

    def state(self, progress: dict[str, Any]) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "progress": progress,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state_dict(),
            "losses": self.losses,
            "examples": self.examples,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all(),
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
        self.losses, self.examples = state["losses"], state["examples"]
        torch.set_rng_state(state["random"].cpu())
        torch.cuda.set_rng_state_all([each.cpu() for each in state["random_cuda"]])
        return state["progress"]

    def weights(self) -> dict[str, Tensor]:
        """The network's weights, averaged."""
        return self.average.module.state_dict()

    def save_weights(self, file: Path, weights: dict[str, Tensor]) -> None:
        """Write the network's weights."""
        save_file(weights, file)

    def _tensors(self, batch: Batch) -> dict[str, Tensor]:
        return {name: to_tensor(array, self.device) for name, array in batch.items()}


def main() -> None:
    options = arguments()
    torch.manual_seed(0)
    automatic = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(automatic if options.device == "auto" else options.device)
    model = ResNet20CIFAR()
    model.load_state_dict(load_file(Path(__file__).with_name("model.safetensors")))
    run(Training(model.to(device)), options.resume)


if __name__ == "__main__":
    main()
