"""Shapes that broadcast to one another, and torch's errors for those that do not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.functions._scalars import type_text

__all__ = ["broadcast_error", "check_broadcast", "common_shape", "expanded_shape", "fits"]

Shape = tuple[int, ...]


def broadcast_error(shapes: Iterable[Shape]) -> RuntimeError:
    """torch's error for shapes that do not broadcast: it names the first two that do not."""
    a: Shape = ()
    for b in shapes:
        for k in range(1, min(len(a), len(b)) + 1):
            if a[-k] != b[-k] and 1 not in (a[-k], b[-k]):
                where = max(len(a), len(b)) - k
                return RuntimeError(
                    f"The size of tensor a ({a[-k]}) must match the size of tensor b ({b[-k]}) "
                    f"at non-singleton dimension {where}"
                )
        a = np.broadcast_shapes(a, b)
    return RuntimeError(f"shapes {list(shapes)} broadcast")


def common_shape(*shapes: Shape) -> Shape:
    """The shape that all broadcast to. Raises RuntimeError where there is none."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise broadcast_error(shapes) from None


def check_broadcast(shape: Shape, *operands: Shape) -> None:
    """Raise RuntimeError unless the operands broadcast to this shape, that of a result which is there already."""
    whole = common_shape(*operands)
    if whole != shape:
        raise RuntimeError(f"output with shape {list(shape)} doesn't match the broadcast shape {list(whole)}")


def fits(shape: Shape, place: Shape) -> bool:
    """Whether a shape broadcasts to that of a place."""
    try:
        return np.broadcast_shapes(place, shape) == place
    except ValueError:
        return False


def expanded_shape(dtype: Any, have: Shape, wanted: Shape) -> Shape:
    """The wanted shape of a tensor that is expanded to it, with a length of its own for each −1.

    Raises RuntimeError, which names the type of a tensor of the dtype, where the shape cannot be had.
    """
    lead = len(wanted) - len(have)
    if lead < 0:
        raise RuntimeError(
            f"expand({type_text(dtype)}{{{list(have)}}}, size={list(wanted)}): the number of sizes provided "
            f"({len(wanted)}) must be greater or equal to the number of dimensions in the tensor ({len(have)})"
        )
    whole = list(wanted)
    for d in reversed(range(len(wanted)) if have else range(0)):
        own, n = have[d - lead] if d >= lead else None, wanted[d]
        if n == -1 and own is None:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing dimension {d}"
            )
        if n == -1 and own is not None:
            whole[d] = own
        elif own not in (None, 1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({own}) at non-singleton "
                f"dimension {d}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(have)}"
            )
    if any(n < 0 for n in whole):
        raise RuntimeError("numel: integer multiplication overflow")
    return tuple(whole)
