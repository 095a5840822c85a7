"""The text of loop.py, the same for all frameworks."""

from __future__ import annotations

import hashlib
from pathlib import Path

from archspec.program.rendering import Code, render
from archspec.recipe.document import Recipe
from archspec.recipe.plan import Plan
from archspec.recipe.schedules import Cosine, Milestones, Plateau

_TEMPLATES = Path(__file__).parent / "templates"

_UNSEEN = frozenset(("name", "description", "source", "checkpoints", "recompute", "strategy"))
"""The parts of a recipe that no step depends on."""


def may_change(key: str, recipe: Recipe) -> bool:
    """Whether a training can go on with another value at this dotted key."""
    first = key.split(".")[0]
    return first in _UNSEEN or (first in ("epochs", "steps") and not _is_of_its_length(recipe))


def _is_of_its_length(recipe: Recipe) -> bool:
    """Whether a step may depend on the number of all steps.

    `steps` may end within an epoch, where a longer training would not judge the metric that decides.
    """
    return isinstance(recipe.schedule, Cosine) or (recipe.steps is not None and recipe.judges)


def emit_loop(plan: Plan) -> str:
    """The program's part that orders steps, epochs and checkpoints."""
    recipe = plan.recipe
    schedule = recipe.schedule
    highest = is_highest_best(recipe)

    def improves(record: str, least: float) -> Code:
        sign, operator = ("+", ">") if highest else ("-", "<")
        change = f" {sign} {least!r}" if least else ""
        return Code(f"score {operator} progress.{record}{change}")

    values = {
        "improves": improves,
        "epochs": recipe.epochs,
        "steps": recipe.steps,
        "total": "STEPS" if recipe.steps else "EPOCHS * epoch_steps",
        "digest": digest(recipe),
        "worst": Code("-math.inf" if highest else "math.inf"),
        "highest": highest,
        "schedule": schedule,
        "factors": schedule.factors if isinstance(schedule, Milestones) else (),
        "plateau": isinstance(schedule, Plateau),
        "warmup_epochs": schedule.warmup.epochs if schedule.warmup is not None else 0,
        "learning_rate": recipe.optimizer.learning_rate,
        "accumulate": recipe.accumulate,
        "early_stopping": recipe.early_stopping,
        "checkpoint_steps": recipe.checkpoints.steps,
        "keep": recipe.checkpoints.keep,
        "validates": recipe.validates,
        "monitored": monitored(recipe),
    }
    return render(_TEMPLATES, "loop.py.jinja", values, ("data", "journal"))


def digest(recipe: Recipe) -> str:
    """A number that two recipes share only if one can go on where the other stopped.

    The network's spec may be at another path: the run's is a copy.
    """
    fixed = [key for key in type(recipe).model_fields if not may_change(key, recipe)]
    said = recipe.model_dump_json(include=set(fixed), exclude={"network": {"spec"}})
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def monitored(recipe: Recipe) -> str:
    """The metric that tells the best epoch, by its name in metrics.csv."""
    if recipe.monitor is not None:
        return recipe.monitor.metric
    accuracy = "accuracy" in recipe.metrics and recipe.validates
    return "validation_accuracy" if accuracy else "validation_loss" if recipe.validates else "loss"


def is_highest_best(recipe: Recipe) -> bool:
    """Whether higher values of the monitored metric are better."""
    if recipe.monitor is not None and recipe.monitor.best is not None:
        return recipe.monitor.best == "highest"
    return monitored(recipe).endswith("accuracy")
