"""Checks that many functions share, with torch's words."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase

__all__ = [
    "bool_argument",
    "dims",
    "int_argument",
    "int_sizes",
    "is_int",
    "one_dim",
    "sizes",
    "tensor_argument",
    "tensor_arguments",
    "type_name",
    "warn",
]


_OF_TORCH = frozenset(("dtype", "device", "layout", "memory_format", "Size", "Generator"))


def type_name(value: Any) -> str:
    """How torch names a value's type in an error."""
    kind = type(value)
    if kind.__module__ == "numpy":
        return f"numpy.{kind.__name__}"
    if kind.__name__ in _OF_TORCH and kind.__module__.partition(".")[0] == "refnn":
        return f"torch.{kind.__name__}"
    return kind.__name__


_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def warn(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line outside of refnn that led here."""
    depth, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(text, category, stacklevel=depth)


def tensor_argument(function: str, name: str, position: int, value: Any) -> None:
    """Raise TypeError unless value is a Tensor."""
    if not isinstance(value, TensorBase):
        raise TypeError(f"{function}(): argument '{name}' (position {position}) must be Tensor, not {type_name(value)}")


def tensor_arguments(function: str, **given: Any) -> None:
    """Raise TypeError unless the first arguments, in this order, are Tensors."""
    for position, (name, value) in enumerate(given.items(), 1):
        tensor_argument(function, name, position, value)


def bool_argument(function: str, name: str, position: int | None, value: Any) -> None:
    """Raise TypeError unless value is True or False. An argument that has to be named has no position."""
    if not isinstance(value, bool):
        where = f" (position {position})" if position else ""
        raise TypeError(f"{function}(): argument '{name}'{where} must be bool, not {type_name(value)}")


def is_int(value: Any, is_size: bool = False) -> bool:
    """Whether torch's parser takes a value for an int: an index, or a 0-dim tensor of one, but no truth value.

    For what torch counts as a size any tensor of one element will do.
    """
    if type(value) is int:
        return True
    if isinstance(value, TensorBase):
        x = value._data
        return (x.size == 1 if is_size else x.ndim == 0) and x.dtype.kind in "iu"
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "iu"
    return hasattr(value, "__index__") and not isinstance(value, (bool, np.bool_))


def int_argument(function: str, name: str, position: int, value: Any, is_size: bool = False) -> None:
    """Raise TypeError unless value is an integer."""
    if not is_int(value, is_size):
        raise TypeError(f"{function}(): argument '{name}' (position {position}) must be int, not {type_name(value)}")


def int_sizes(function: str, given: tuple[Any, ...]) -> tuple[int, ...]:
    """The sizes of a new tensor: zeros(2, 3) and zeros((2, 3)) mean the same. Raises TypeError for no integers."""
    if not given:
        raise TypeError(f'{function}() missing 1 required positional arguments: "size"')
    nested = len(given) == 1 and isinstance(given[0], (tuple, list))
    whole = given[0] if nested else given
    for k, n in enumerate(whole):
        if is_int(n) or (k and isinstance(n, bool)):  # torch looks closely at the first alone
            continue
        kind, argument = type_name(n), f"{function}(): argument 'size'"
        if k:
            raise TypeError(
                f"{argument} failed to unpack the object at pos {k + 1} with error "
                f'"type must be tuple of ints,but got {kind}"'
            )
        if nested:
            raise TypeError(f"{argument} (position 1) must be tuple of ints, but found element of type {kind} at pos 0")
        if len(given) > 1:
            raise TypeError(f"{function}() takes 1 positional argument but {len(given)} were given")
        raise TypeError(f"{argument} (position 1) must be tuple of ints, not {kind}")
    return tuple(int(n) for n in whole)


def one_dim(dim: Any, ndim: int) -> int:
    """A dimension as a non-negative int. A 0-dim tensor has the dimensions 0 and −1.

    Raises IndexError where it is out of range.
    """
    d = dim.__index__()
    reach = max(ndim, 1)
    if not -reach <= d < reach:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-reach}, {reach - 1}], but got {d})")
    return int(d + reach if d < 0 else d)


def dims(dim: Any, ndim: int, empty_is_all: bool = True) -> tuple[int, ...]:
    """One dimension, several, or all (None), as a tuple of non-negative ints.

    Raises IndexError out of range, RuntimeError where one stands twice.
    """
    if dim is None or (empty_is_all and isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    given = dim if isinstance(dim, (tuple, list)) else (dim,)
    found = tuple(one_dim(d, ndim) for d in given)
    for d in found:
        if found.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return () if ndim == 0 else found


def sizes(given: tuple[Any, ...]) -> tuple[int, ...]:
    """view(2, 3) and view((2, 3)) mean the same. Raises TypeError where nothing is given."""
    if not given:
        raise TypeError("missing 1 required positional arguments")
    if len(given) == 1 and isinstance(given[0], (tuple, list)):
        given = tuple(given[0])
    return tuple(int(n) for n in given)
