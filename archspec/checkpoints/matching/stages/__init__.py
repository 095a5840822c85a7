"""The stages of matching, each with evidence of its own kind."""

from __future__ import annotations

from collections.abc import Callable

from archspec.checkpoints.matching.stages.by_graph import by_graph
from archspec.checkpoints.matching.stages.by_map import by_map
from archspec.checkpoints.matching.stages.by_name import by_name
from archspec.checkpoints.matching.stages.by_order import by_order
from archspec.checkpoints.matching.stages.by_third_party import by_third_party
from archspec.checkpoints.matching.task import Found, Task

Stage = Callable[[Task, Found], Found]
"""Adds matches to those that earlier stages found; it may replace matches by weaker evidence."""

STAGES: tuple[Stage, ...] = (by_map, by_name, by_third_party, by_graph, by_order)
"""All stages, in this order. The map is never overruled, and the order is the last resort."""

__all__ = ["STAGES", "Stage"]
