"""Other libraries' initializers, which are used in hints only: PyTorch's functions, and Keras's own files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from pydantic_core import PydanticCustomError

from archspec.layers.initializers import KEY, WITH_PARAMETERS, initializer
from archspec.spec.names import describe

_KAIMING = "{initializer: variance_scaling, scale: 2.0, distribution: untruncated_normal}"
_XAVIER = "{initializer: variance_scaling, mode: fan_avg, distribution: untruncated_normal}"
_NORMAL = "{initializer: random_normal, stddev: 0.01}"

OF_TORCH: Mapping[str, str] = MappingProxyType(
    {
        "constant_": "0.1, a number is the value of every element",
        "kaiming_normal_": f"{_KAIMING}, with `mode: fan_out` where PyTorch has it",
        "kaiming_uniform_": "he_uniform; PyTorch's default, with a = sqrt(5), is torch_default",
        "normal_": f"{_NORMAL} with the deviation",
        "ones_": "ones",
        "orthogonal_": "orthogonal",
        "trunc_normal_": f"{_NORMAL} with the deviation: PyTorch cuts at -2 and 2, which is far outside",
        "uniform_": "{initializer: random_uniform, minval: 0.0, maxval: 1.0} with the bounds",
        "xavier_normal_": _XAVIER,
        "xavier_uniform_": "glorot_uniform",
        "zeros_": "zeros",
    }
)
"""What to write for a function of `torch.nn.init`."""

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **OF_TORCH,
        **{name.removesuffix("_"): text for name, text in OF_TORCH.items()},
        "Constant": OF_TORCH["constant_"],
        "gaussian": OF_TORCH["normal_"],
        "kaiming": OF_TORCH["kaiming_normal_"],
        "msra": OF_TORCH["kaiming_normal_"],
        "trunc_normal_tf_": "{initializer: truncated_normal, stddev: 0.02} with the deviation",
        "xavier": "glorot_uniform",
    }
)

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "a": "minval",
        "b": "maxval",
        "factor": "scale",
        "high": "maxval",
        "low": "minval",
        "max": "maxval",
        "min": "minval",
        "sigma": "stddev",
        "std": "stddev",
    }
)
"""The parameters for other libraries' arguments."""

WORDS: Mapping[str, str] = MappingProxyType(
    {"normal": "write untruncated_normal, or truncated_normal for one that is cut off at two deviations"}
)
"""What to write for older words of Keras's for a distribution or mode."""

NEVER: Mapping[str, str] = MappingProxyType(
    {
        "nonlinearity": "leave it out: `scale` is the square of the gain, 2.0 for relu and 1.0 for linear",
        "seed": "leave it out: one seed is given for all weights, when they are drawn",
    }
)
"""Advice for arguments without a parameter."""


def name_hint(word: str) -> str | None:
    """What to write for another library's initializer; None if it is none."""
    meant = _WORDS.get(word)
    return f"write {meant}" if meant is not None else None


def form_hint(value: Mapping[object, object]) -> str:
    """What to write for a mapping without an initializer's name; Keras's own form is translated."""
    config = value.get("config", {})
    name = next((value[key] for key in ("class_name", "name", "type", "class", "layer_type") if key in value), None)
    others = config if isinstance(config, dict) and "class_name" in value else value
    if isinstance(name, str) and len(name) <= _LONGEST:
        word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        known = {key: each for key, each in others.items() if key in _FIELDS and each is not None}
        if word == "constant" and isinstance(others.get("value"), int | float):
            return f"write {describe(others['value'])}, a number is the value of every element"
        if _is_accepted({KEY: word, **known}):
            entries = [f"{key}: {_plain(each)}" for key, each in known.items()]
            return f"write {{{', '.join([f'{KEY}: {word}', *entries])}}}" if entries else f"write {word}"
    return "write {initializer: random_normal, stddev: 0.01}, or the initializer that it is"


_LONGEST = 60

_FIELDS = frozenset(name for kind in WITH_PARAMETERS.values() for name in kind.__dataclass_fields__)


def _is_accepted(value: object) -> bool:
    try:
        initializer(value)
    except PydanticCustomError:
        return False
    return True


def _plain(value: object) -> str:
    return value if isinstance(value, str) else describe(value)
