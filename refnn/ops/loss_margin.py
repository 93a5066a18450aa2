"""Losses that ask for a margin between scores: each fused with its reduction, as in loss.py.

x of the losses over classes is (N, C), and their losses are (N,); x (C,) is one sample, and its loss ().
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath
from refnn.ops._undifferentiable import undifferentiable
from refnn.ops.creation import data_of
from refnn.ops.elementary import exp
from refnn.ops.loss import ones_of_gradient, over, reduced, sum_back

# Two classes --------------------------------------------------------------------------------------------


@op
def soft_margin_loss(x: Array, target: Array, *, reduction: str) -> Array:
    """l = log(1 + e^(−t x)). t broadcasts to x's shape; the result has x's dtype.

    Of 16 bits each step is rounded, as in torch: in float16 the exponential overflows above 11.
    """
    loss = _minus_product(x, target)
    loss = np.asarray(np.log1p(np.exp(loss, out=loss), out=loss))
    return reduced(opmath(loss), loss.size, reduction, x.dtype)


def _minus_product(x: Array, target: Array) -> Array:
    """−t x in x's dtype."""
    return np.asarray(np.negative(x * target.astype(x.dtype, copy=False)))


@op
def soft_margin_loss_backward(gy: Array, x: Array, target: Array, *, reduction: str) -> Array:
    """dx = −g t z / (1 + z), z = e^(−t x); over the number of elements for the mean. NaN where z overflows."""
    z = _minus_product(x, target)
    np.exp(z, out=z)
    slope = np.asarray(z * -target.astype(z.dtype))
    z += 1
    slope /= z
    share = opmath(gy) * opmath(slope).dtype.type(over(1, slope.size, reduction))
    return np.asarray(opmath(slope) * share).astype(x.dtype, copy=False)


def _soft_margin_curvature(g: Any, gy: Any, x: Any, target: Any, reduction: str) -> Any:
    """d²l/dx² = t² z / (1 + z)²."""
    z = exp(-(x * target))
    return over(g * gy * (target * target) * z / ((z + 1) * (z + 1)), data_of(x).size, reduction)


soft_margin_loss.derivative(x=soft_margin_loss_backward)
soft_margin_loss_backward.derivative(
    gy=lambda g, x, target, reduction: sum_back(
        g * soft_margin_loss_backward(ones_of_gradient(x, reduction), x, target, reduction=reduction), reduction
    ),
    x=_soft_margin_curvature,
)


# One class of several -----------------------------------------------------------------------------------


def _as_rows(x: Array) -> Array:
    return x if x.ndim == 2 else x.reshape(1, -1)


def _excess(x: Array, target: Array, margin: float) -> Array:
    """max(0, margin − x_t + x_c) for each class but the target's own, which gets 0. NaN counts as 0 too."""
    at = np.arange(len(x)), target
    z = x + (margin - x[at])[:, None]
    z = np.where(z > 0, z, z.dtype.type(0))
    z[at] = 0
    return z


@op
def multi_margin_loss(x: Array, target: Array, weight: Array, *, p: int, margin: float, reduction: str) -> Array:
    """l = w_t / C Σ_{c ≠ t} max(0, margin − x_t + x_c)^p, t being the target. p is 1 or 2. 0 for no samples."""
    z = _excess(_as_rows(x), target.reshape(-1), margin)
    loss = np.add.reduce(z if p == 1 else z * z, 1) / z.shape[1]
    if weight is not None:
        loss = loss * weight[target.reshape(-1)]
    return reduced(loss.reshape(target.shape), max(loss.size, 1), reduction, x.dtype)


@op
def multi_margin_loss_backward(
    gy: Array, x: Array, target: Array, weight: Array, *, p: int, margin: float, reduction: str
) -> Array:
    """dx_c = g w_t / C p max(0, margin − x_t + x_c)^(p − 1) for c ≠ t; dx_t = −Σ_{c ≠ t} dx_c."""
    t = target.reshape(-1)
    z = _excess(_as_rows(x), t, margin)
    dx = (z > 0).astype(x.dtype) if p == 1 else 2 * z
    scale = gy.reshape(-1) * np.asarray(1 / z.shape[1], x.dtype)
    if weight is not None:
        scale = scale * weight[t]
    dx = np.where(z > 0, dx * over(scale, len(z), reduction)[:, None], x.dtype.type(0))
    dx[np.arange(len(z)), t] = -np.add.reduce(dx, 1)
    result: Array = dx.reshape(x.shape)
    return result


_multi_margin_loss_backward = undifferentiable(multi_margin_loss_backward)
multi_margin_loss.derivative(
    x=lambda g, x, target, weight, p, margin, reduction: _multi_margin_loss_backward(
        g, x, target, weight, p=p, margin=margin, reduction=reduction
    )
)


# Several classes of several -----------------------------------------------------------------------------


def _present(target: Array) -> tuple[Array, Array]:
    """Which targets count, those before a row's first −1; and which classes are among them. Both (N, C)."""
    leading = np.logical_and.accumulate(target >= 0, 1)
    present = np.zeros(target.shape, np.bool_)
    rows, places = np.nonzero(leading)
    present[rows, target[rows, places]] = True
    return leading, present


def _shortfall(x: Array, target: Array) -> tuple[Array, Array]:
    """max(0, 1 − x_t + x_c) for each target that counts and each class that is none of them; NaN counts as 0.

    (N, K, C), K being the number of targets of the row that has most; and the targets, (N, K), 0 where none is.
    """
    leading, present = _present(target)
    most = int(np.add.reduce(leading, 1).max(initial=0))
    leading = leading[:, :most]
    at = np.where(leading, target[:, :most], 0)
    z = 1 - np.take_along_axis(x, at, 1)[:, :, None] + x[:, None, :]
    counts = leading[:, :, None] & ~present[:, None, :] & (z > 0)
    return np.where(counts, z, z.dtype.type(0)), at


@op(node_name="MultilabelMarginLossBackward0")
def multilabel_margin_loss(x: Array, target: Array, *, reduction: str) -> Array:
    """l = 1 / C Σ_t Σ_{c is no target} max(0, 1 − x_t + x_c), t running over a row's targets before its first −1.

    0 for no samples.
    """
    rows = _as_rows(x)
    z, _ = _shortfall(rows, target.reshape(rows.shape))
    loss = np.add.reduce(z, (1, 2)) / rows.shape[1]
    return reduced(loss if x.ndim == 2 else loss.reshape(()), max(loss.size, 1), reduction, x.dtype)


@op
def multilabel_margin_loss_backward(gy: Array, x: Array, target: Array, *, reduction: str) -> Array:
    """Each pair of a target t and a class c within the margin adds g / C to dx_c and takes it from dx_t."""
    rows = _as_rows(x)
    z, at = _shortfall(rows, target.reshape(rows.shape))
    within = (z > 0).astype(x.dtype)
    counts = np.add.reduce(within, 1)
    np.subtract.at(counts, (np.arange(len(rows))[:, None], at), np.add.reduce(within, 2))
    scale = over(gy.reshape(-1) * np.asarray(1 / rows.shape[1], x.dtype), len(rows), reduction)[:, None]
    return np.where(counts == 0, x.dtype.type(0), counts * scale).reshape(x.shape)


_multilabel_margin_loss_backward = undifferentiable(multilabel_margin_loss_backward)
multilabel_margin_loss.derivative(
    x=lambda g, x, target, reduction: _multilabel_margin_loss_backward(g, x, target, reduction=reduction)
)
