"""Packing padded sequences into the rows of each time step, unpacking them, padding sequences together.

Sequences lie one beside the other, the longest first: x (T, B, *), and packed (R, *) with the sizes[t]
sequences that last longer than t as the rows of step t, R = Σ sizes.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.shape import select, slice

Sizes = tuple[int, ...]


@op(node_name="PackPaddedSequenceBackward0")
def pack(x: Array, *, sizes: Sizes) -> Array:
    """The rows x[t, :sizes[t]] of all steps, one after another: (T, B, *) -> (R, *)."""
    return np.concatenate([x[t, :b] for t, b in enumerate(sizes[: len(x)])])


@op(node_name="torch::autograd::CopySlices")
def unpack(rows: Array, *, sizes: Sizes, length: int, batch: int, value: Any) -> Array:
    """The transpose of pack: (R, *) -> (T, B, *) with T = length, and `value` where there is no row."""
    x: Array = np.full((length, batch, *rows.shape[1:]), np.asarray(value).astype(rows.dtype), rows.dtype)
    start = 0
    for t, b in enumerate(sizes[:length]):
        part = rows[start : start + b]
        x[t, : len(part)] = part
        start += b
    return x


pack.derivative(x=lambda g, x_shape, sizes: unpack(g, sizes=sizes, length=x_shape[0], batch=x_shape[1], value=0))
unpack.derivative(rows=lambda g, sizes: pack(g, sizes=sizes))


@op(node_name="torch::autograd::CopySlices")
def pad_together(*xs: Array, batch_first: bool, value: Any, left: bool) -> Array:
    """Sequences (T_b, *) side by side, filled up with `value`: (T, B, *), or (B, T, *) if batch_first."""
    length, batch = max(len(x) for x in xs), len(xs)
    lead = (batch, length) if batch_first else (length, batch)
    dtype = xs[0].dtype
    y: Array = np.full((*lead, *xs[0].shape[1:]), np.asarray(value).astype(dtype), dtype)
    for b, x in enumerate(xs):
        part = builtins.slice(length - len(x), None) if left else builtins.slice(0, len(x))
        y[(b, part) if batch_first else (part, b)] = x
    return y


@pad_together.joint_derivative
def _pad_rule(g: Any, xs_shape: Any, needs: Any, batch_first: bool, left: bool) -> list[Any]:
    lengths = [shape[0] for shape in xs_shape]
    total = max(lengths)
    found: list[Any] = []
    for b, (need, n) in enumerate(zip(needs, lengths, strict=True)):
        start = total - n if left else 0
        mine = select(g, dim=0 if batch_first else 1, index=b) if need else None
        found.append(slice(mine, dim=0, start=start, stop=start + n, step=1) if need else None)
    return found
