"""Arguments that the random functions share: sizes, options, generators, numbers, the tensor to be filled."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.inplace import check_writable
from refnn.dtypes import dtype as DType
from refnn.functions._checks import is_int, type_name
from refnn.functions._factories import check_gradient, check_sizes
from refnn.ops._mersenne import MersenneTwister
from refnn.random import Generator, default_generator

__all__ = [
    "number",
    "shape_of",
    "stream_of",
    "target_of",
]


def stream_of(name: str, generator: Any) -> MersenneTwister:
    """The generator to draw from. Raises TypeError for what is none."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"{name}(): argument 'generator' must be torch.Generator, not {type_name(generator)}")
    return generator


def number(name: str, argument: str, position: int, value: Any) -> float:
    """A Python number, or a 0-dim tensor, as a float. Raises TypeError for anything else."""
    if type(value) is float:
        return value
    if isinstance(value, (int, float, np.number, np.bool_)) and not isinstance(value, np.complexfloating):
        return float(value)
    if isinstance(value, TensorBase) and value._data.ndim == 0 and not value._requires_grad:
        return float(value._data)
    raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be float, not {type_name(value)}")


def shape_of(name: str, size: Any, position: int = 1) -> tuple[int, ...]:
    """Sizes as a tuple. Raises TypeError for what are no ints, RuntimeError for negative ones."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    elif not is_int(size[0] if size else 0):
        raise TypeError(
            f"{name}(): argument 'size' (position {position}) must be tuple of ints, not {type_name(size[0])}"
        )
    for k, n in enumerate(size):
        if type(n) is not int and not is_int(n):  # the call costs as much as all the rest
            raise TypeError(
                f"{name}(): argument 'size' (position {position}) must be tuple of ints, but found element "
                f"of type {type_name(n)} at pos {k}"
            )
    return check_sizes(tuple(map(int, size)))


def target_of(
    name: str, shape: tuple[int, ...], out: Any, dtype: DType | None, default: DType, requires_grad: bool
) -> Any:
    """An empty tensor to be filled: `out`, brought to the shape, or a new one."""
    if out is None:
        kind = default if dtype is None else dtype
        if requires_grad:
            check_gradient(kind)
        return wrap(np.empty(shape, kind.numpy))
    if dtype is not None and dtype is not out.dtype:
        raise RuntimeError(f"dtype {dtype.title} does not match dtype of out parameter ({out.dtype.title})")
    if out.requires_grad:
        raise RuntimeError(
            f"aten::{name}(): functions with out=... arguments don't support automatic differentiation, but "
            "one of the arguments requires grad."
        )
    check_writable(out, False)
    if out._data.shape != shape:
        out._data = np.empty(shape, out._data.dtype)
    return out
