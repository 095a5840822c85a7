from torch import nn


class PartialBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation without the scale or without the shift."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        scale: bool = True,
        center: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum)
        if not scale:
            self.register_parameter("weight", None)
        if not center:
            self.register_parameter("bias", None)
