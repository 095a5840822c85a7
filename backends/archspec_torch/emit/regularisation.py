"""Regularisation: layers that are the identity outside of training."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Layer
from archspec.layers.regularisation import Dropout, SpatialDropout2D, StochasticDepth
from archspec.program.calls import Argument, Call, Function, Site
from archspec_torch.emit.row import Row, TorchLayer


def _dropout(site: Site[Dropout]) -> TorchLayer:
    return _random("nn.Dropout", "F.dropout", site.layer.rate)


def _spatial_dropout(site: Site[SpatialDropout2D]) -> TorchLayer:
    return _random("nn.Dropout2d", "F.dropout2d", site.layer.rate)


def _stochastic_depth(site: Site[StochasticDepth]) -> TorchLayer:
    return _random("StochasticDepth", "stochastic_depth", site.layer.rate)


def _random(module: str, function: str, rate: float) -> TorchLayer:
    arguments = (Argument("p", rate, positional=True),)
    return TorchLayer(
        Call(module, arguments), Function(f"{function}({{0}}, {{arguments}}, training=self.training)", arguments)
    )


ROWS: Mapping[type[Layer], Row] = {
    # In inference a dropout returns its input itself.
    Dropout: Row(_dropout, result="passed"),
    SpatialDropout2D: Row(_spatial_dropout, result="passed"),
    StochasticDepth: Row(_stochastic_depth, result="passed"),
}
