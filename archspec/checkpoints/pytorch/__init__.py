"""PyTorch's files: their objects, and the tensors of a network among these."""

from archspec.checkpoints.pytorch.files import TorchFile, open_pickles, open_zipped
from archspec.checkpoints.pytorch.state_dicts import tensors_in
from archspec.checkpoints.pytorch.values import Tensor

__all__ = ["Tensor", "TorchFile", "open_pickles", "open_zipped", "tensors_in"]
