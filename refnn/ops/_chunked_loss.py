"""Cross entropy of x Wᵀ + b, some rows at a time, so that the scores of a whole batch are never in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array

__all__ = ["chunked_cross_entropy", "sample_weights"]


def sample_weights(target: Array, counts: Array, weight: Array | None, dtype: Any) -> Array:
    """w_t of each sample, 0 for one that does not count."""
    if weight is None:
        return counts.astype(dtype)
    return np.where(counts, weight.astype(dtype)[target], np.zeros((), dtype))


def chunked_cross_entropy(
    x: Array,
    weight: Array,
    bias: Array | None,
    target: Array,
    slopes: Array | None,
    *,
    rows: int,
    dtype: Any,
    kept: Any,
    needs: tuple[bool, ...],
) -> tuple[Array, list[Array | None]]:
    """l = log Σ_c e^(s_c) − s_t, (N,), s = x Wᵀ + b; and the gradients of Σ_n slopes_n l_n by x, W and b.

    Args:
        x, weight, bias, target: (N, D), (C, D), (C,) and (N,).
        slopes: (N,), or None where no gradient is needed.
        rows: how many rows to take at a time.
        dtype, kept: what to compute in; what the scores are kept in.
        needs: which of the three gradients are needed.
    """
    x, weight = x.astype(dtype, copy=False), weight.astype(dtype, copy=False)
    losses = np.empty(len(x), dtype)
    dx = np.empty_like(x) if needs[0] else None
    dweight = np.zeros_like(weight) if needs[1] else None
    dbias = np.zeros(len(weight), dtype) if needs[2] else None
    for start in range(0, len(x), rows):
        part = slice(start, start + rows)
        own = (np.arange(len(x[part])), target[part])
        scores = (x[part] @ weight.T).astype(kept, copy=False)
        if bias is not None:
            scores += bias.astype(kept, copy=False)
        scores -= np.maximum.reduce(scores, 1, keepdims=True)
        picked = scores[own].astype(dtype)
        np.exp(scores, out=scores)
        total = np.add.reduce(scores, 1, dtype=dtype)
        losses[part] = np.log(total) - picked
        if slopes is None:
            continue
        scores = scores.astype(dtype, copy=False)
        scores *= (slopes[part] / total)[:, None]
        scores[own] -= slopes[part]
        if dx is not None:
            np.matmul(scores, weight, out=dx[part])
        if dweight is not None:
            dweight += scores.T @ x[part]
        if dbias is not None:
            dbias += np.add.reduce(scores, 0)
    return losses, [dx, dweight, dbias]
