"""The functions of networks and of models in files, in one form, in which they are compared."""

from archspec.checkpoints.flow.file import TooManyStepsError, flow_of_model
from archspec.checkpoints.flow.network import flow_of_graph
from archspec.checkpoints.flow.steps import INPUT, Flow, Step

__all__ = ["INPUT", "Flow", "Step", "TooManyStepsError", "flow_of_graph", "flow_of_model"]
