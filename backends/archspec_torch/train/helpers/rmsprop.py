from __future__ import annotations

import torch


class RMSprop(torch.optim.Optimizer):
    """RMSprop with epsilon inside of the root, as TensorFlow has it; PyTorch's has it outside."""

    def __init__(
        self, params, lr, rho=0.9, momentum=0.0, eps=1e-7, weight_decay=0.0
    ) -> None:
        defaults = {
            "lr": lr,
            "rho": rho,
            "momentum": momentum,
            "eps": eps,
            "weight_decay": weight_decay,
        }
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure=None) -> None:
        for group in self.param_groups:
            rho, momentum, eps, decay = (
                group[name] for name in ("rho", "momentum", "eps", "weight_decay")
            )
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                gradient = (
                    parameter.grad + decay * parameter if decay else parameter.grad
                )
                state = self.state[parameter]
                if not state:
                    state["square"] = torch.zeros_like(parameter)
                    state["velocity"] = torch.zeros_like(parameter)
                state["square"].mul_(rho).addcmul_(gradient, gradient, value=1 - rho)
                state["velocity"].mul_(momentum).add_(
                    gradient / (state["square"] + eps).sqrt()
                )
                parameter.add_(state["velocity"], alpha=-group["lr"])
