"""Losses over classes: the negative log likelihood and cross entropy, each fused with its reduction.

x has the class dimension second, (N, C, d1, …), or alone, (C,); targets are class numbers, without that
dimension. `spatial` is the number of dimensions d1, …; `reduction` is "none" (one loss for each sample),
"sum", or "mean".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _threads, _workspace
from refnn.ops.creation import always, data_of
from refnn.ops.loss import opmath, reduced
from refnn.ops.shape import unsqueeze
from refnn.ops.softmax import RATE, largest, softmax_backward

Dims = tuple[int, ...]

# What the targets say -----------------------------------------------------------------------------------


class _Samples:
    """The targets, with class 0 where one is ignored; the samples' weights; which of them count."""

    __slots__ = ("count", "counts", "places", "target", "weight")

    def __init__(self, target: Array, weight: Array | None, classes: int, ignore_index: int, dtype: Any) -> None:
        """Raises IndexError for a target that is no class."""
        if target.dtype != np.int64:
            target = target.astype(np.int64)
        self.counts: Array | None = None  # None: all of them
        self.weight: Array | None = None  # None: 1
        # Seen as unsigned, a negative target is too large as well: one pass finds that all is plain.
        if 0 <= ignore_index < classes or (target.size and np.maximum.reduce(target.view(np.uint64), None) >= classes):
            self.counts = target != ignore_index
            _check_bounds(target, self.counts, classes)
            target = np.where(self.counts, target, 0)
        if weight is not None:
            self.weight = weight[target] if self.counts is None else np.where(self.counts, weight[target], 0)
        elif self.counts is not None:
            self.weight = self.counts.astype(dtype)
        self.target = target
        self.count: Any = target.size if self.weight is None else np.add.reduce(opmath(self.weight), None)
        self.places = _places(target)

    def weighted(self, values: Any) -> Any:
        """Each value times its sample's weight; 0 for an ignored sample, whatever the value."""
        return self.counted(values if self.weight is None else values * self.weight)

    def counted(self, values: Any) -> Any:
        """The values, and 0 for an ignored sample."""
        return values if self.counts is None else np.where(self.counts, values, np.zeros((), values.dtype))


def _check_bounds(target: Array, counts: Array, classes: int) -> None:
    outside = counts & ((target < 0) | (target >= classes))
    if outside.any():
        raise IndexError(f"Target {target[outside][0]} is out of bounds.")


def _places(target: Array) -> tuple[Array, ...]:
    """The index of x[n, target[n, i, …], i, …] for all n, i, …."""
    if target.ndim == 1:
        return np.arange(len(target)), target
    n, *grid = np.ogrid[tuple(slice(0, k) for k in target.shape)]
    return (n, target, *grid)


def _batched(x: Array, target: Array) -> tuple[Array, Array]:
    return (x, target) if x.ndim > 1 else (x[None], target.reshape(1))


def _for_each(value: Any) -> Any:
    """One value for each sample, with the class dimension; one for all as it is."""
    return value[:, None] if np.ndim(value) else value


def _class_dim(x: Any) -> int:
    return 1 if data_of(x).ndim > 1 else 0


def _node_name(meta: dict[str, Any]) -> str:
    """torch has one function for rank 2 and one for rank 4, to which it reshapes the other ranks."""
    if meta.get("label_smoothing"):
        return "AddBackward0"
    if meta["spatial"] == 0:
        return "NllLossBackward0"
    return "NllLoss2DBackward0" if meta["spatial"] == 2 or meta["reduction"] != "none" else "ViewBackward0"


# Negative log likelihood --------------------------------------------------------------------------------


@op(node_name=_node_name)
def nll_loss(x: Array, target: Array, weight: Array, *, ignore_index: int, reduction: str, spatial: int) -> Array:
    """l = −w_t x_t, t being the target. The mean is over Σ w_t. An ignored sample's l is 0."""
    rows, t = _batched(opmath(x), target)
    samples = _Samples(t, weight, rows.shape[1], ignore_index, rows.dtype)
    loss = samples.weighted(np.negative(rows[samples.places]))
    loss = loss if x.ndim > 1 or reduction != "none" else loss.reshape(())
    return reduced(loss, samples.count, reduction, x.dtype)


@op
def nll_loss_backward(
    gy: Array, target: Array, weight: Array, *, shape: Dims, ignore_index: int, reduction: str, spatial: int
) -> Array:
    """dx = −w_t g at the targets, over Σ w_t for the mean; 0 elsewhere. The transpose of nll_loss."""
    dx = np.zeros(shape, gy.dtype)
    rows, t = _batched(dx, target)
    samples = _Samples(t, weight, rows.shape[1], ignore_index, gy.dtype)
    g = -gy / samples.count if reduction == "mean" else -gy
    rows[samples.places] = samples.weighted(g)
    return dx


nll_loss.derivative(
    x=lambda g, x_shape, target, weight, ignore_index, reduction, spatial: nll_loss_backward(
        g, target, weight, shape=x_shape, ignore_index=ignore_index, reduction=reduction, spatial=spatial
    )
)
nll_loss.flat = always
nll_loss_backward.derivative(
    gy=lambda g, target, weight, ignore_index, reduction, spatial: nll_loss(
        g, target, weight, ignore_index=ignore_index, reduction=reduction, spatial=spatial
    )
)


# Cross entropy ------------------------------------------------------------------------------------------


@op(node_name=_node_name, reads=(1,))
def cross_entropy(
    x: Array, target: Array, weight: Array, *, ignore_index: int, label_smoothing: float, reduction: str, spatial: int
) -> tuple[Array, Array]:
    """l = (1 − ε) w_t (L − x_t) + ε/C Σ_c w_c (L − x_c), L = log Σ_c e^(x_c); and p = softmax x for the backward.

    The mean is over Σ w_t. An ignored sample's l is 0.
    """
    rows, t = _batched(opmath(x), target)
    samples = _Samples(t, weight, rows.shape[1], ignore_index, rows.dtype)
    p, top, total, *spread = _softmax(rows, weight, label_smoothing > 0)
    picked, log_total = rows[samples.places] - top[:, 0], np.log(total[:, 0])
    loss = samples.weighted(log_total - picked)
    if label_smoothing:
        smooth = samples.counted(_weight_sum(weight, rows) * log_total - spread[0][:, 0])
        loss = (1 - label_smoothing) * loss + label_smoothing / rows.shape[1] * smooth
    loss = loss if x.ndim > 1 or reduction != "none" else loss.reshape(())
    return reduced(loss, samples.count, reduction, x.dtype), p.reshape(x.shape)


def _softmax(x: Array, weight: Array | None, smooth: bool) -> Sequence[Array]:
    """(softmax x, m = max x, Σ_c e^(x_c − m)) and, to smooth, Σ_c w_c (x_c − m), with the class dimension."""
    time = x.size / RATE
    if time < 2 * _threads.LEAST:
        with _threads.owning(time):
            return _softmax_of(x, weight, smooth)
    p = _workspace.lend_like(x)
    parts = _threads.deal_range(len(x), lambda part: _softmax_of(x[part], weight, smooth, p[part])[1:], time)
    return p, *map(np.concatenate, zip(*parts, strict=True))


def _softmax_of(x: Array, weight: Array | None, smooth: bool, out: Array | None = None) -> Sequence[Array]:
    top = largest(x, 1) if x.size else x[:, :1]
    p = np.subtract(x, top, out=out)  # no e^p overflows
    spread = (_class_sum(p, weight),) if smooth else ()
    np.exp(p, out=p)
    total = _class_sum(p)
    p /= total
    return p, top, total, *spread


def _class_sum(x: Array, weight: Array | None = None) -> Array:
    """Σ_c w_c x_c, with the class dimension; over rows as a product with w (BLAS)."""
    if weight is None:
        if x.ndim > 2 or not x.flags.c_contiguous:
            return np.add.reduce(x, 1, keepdims=True)
        weight = np.ones(x.shape[1], x.dtype)
    total: Array = x.dot(weight) if x.ndim == 2 else np.einsum("nc...,c->n...", x, weight)
    return total[:, None]


def _weight_sum(weight: Array | None, x: Array) -> Any:
    return x.shape[1] if weight is None else np.add.reduce(opmath(weight), None)


def _slopes(gy: Array, samples: _Samples, classes: int, label_smoothing: float, reduction: str) -> tuple[Any, Any]:
    """(what the target class gets, what every class gets as a part of the smoothing), for each sample or all."""
    g = gy / samples.count if reduction == "mean" else gy
    sharp = samples.weighted(g)
    if not label_smoothing:
        return sharp, None
    return sharp * (1 - label_smoothing), samples.counted(g) * (label_smoothing / classes)


@op
def cross_entropy_backward(
    gy: Array,
    p: Array,
    target: Array,
    weight: Array,
    *,
    ignore_index: int,
    label_smoothing: float,
    reduction: str,
) -> Array:
    """dx_c = s p_c − g (1 − ε) w_t [c = t] − g ε/C w_c, s being the sum of what is taken away."""
    rows, t = _batched(p, target)
    samples = _Samples(t, weight, rows.shape[1], ignore_index, p.dtype)
    sharp, smooth = _slopes(gy, samples, rows.shape[1], label_smoothing, reduction)
    if smooth is None:
        dx = rows * _for_each(sharp)
    else:
        dx = rows * _for_each(_taken(sharp, smooth, weight, rows))
        by_class = 1 if weight is None else weight.reshape(1, -1, *(1,) * (rows.ndim - 2))
        dx -= _for_each(smooth) * by_class
    dx[samples.places] -= sharp
    return dx.reshape(p.shape).astype(p.dtype, copy=False)


@op
def cross_entropy_slope(
    v: Array, p: Array, target: Array, weight: Array, *, ignore_index: int, label_smoothing: float, reduction: str
) -> Array:
    """Σ_c v_c ∂l/∂x_c, the losses' derivative along v. The transpose of cross_entropy_backward in gy."""
    rows, t = _batched(p, target)
    along, _ = _batched(v, target)
    samples = _Samples(t, weight, rows.shape[1], ignore_index, p.dtype)
    sharp, smooth = _slopes(np.ones(t.shape, p.dtype), samples, rows.shape[1], label_smoothing, "none")
    each = _class_sum(along * rows)[:, 0] * _taken(sharp, smooth, weight, rows) - sharp * along[samples.places]
    if smooth is not None:
        each -= smooth * _class_sum(along, weight)[:, 0]
    each = each if p.ndim > 1 or reduction != "none" else each.reshape(())
    return reduced(each, samples.count, reduction, p.dtype)


@op
def cross_entropy_scale(
    p: Array, target: Array, weight: Array, *, ignore_index: int, label_smoothing: float, reduction: str
) -> Array:
    """The factor s of p in cross_entropy_backward, for gy = 1: one for each sample, with the class dimension."""
    rows, t = _batched(p, target)
    samples = _Samples(t, weight, rows.shape[1], ignore_index, p.dtype)
    sharp, smooth = _slopes(np.ones(t.shape, p.dtype), samples, rows.shape[1], label_smoothing, reduction)
    s: Array = np.asarray(_taken(sharp, smooth, weight, rows)).astype(p.dtype, copy=False)
    return s[:, None] if p.ndim > 1 else s


def _taken(sharp: Any, smooth: Any, weight: Any, rows: Array) -> Any:
    """What all classes get together."""
    return sharp if smooth is None else sharp + smooth * _weight_sum(weight, rows)


def _cross_entropy_rule(
    g: Any, out: Any, target: Any, weight: Any, ignore_index: int, label_smoothing: float, reduction: str
) -> Any:
    """The losses' part, and (in a second derivative) the part of the probabilities."""
    meta = {"ignore_index": ignore_index, "label_smoothing": label_smoothing, "reduction": reduction}
    p = out[1]
    dx = None if g[0] is None else cross_entropy_backward(g[0], p, target, weight, **meta)
    if g[1] is None:
        return dx
    dp = softmax_backward(g[1], p, dim=_class_dim(p))
    return dp if dx is None else dx + dp


def _backward_rule(
    g: Any, gy: Any, p: Any, target: Any, weight: Any, ignore_index: int, label_smoothing: float, reduction: str
) -> Any:
    """∂/∂p of g against cross_entropy_backward; and of cross_entropy_slope, with the two exchanged."""
    meta = {"ignore_index": ignore_index, "label_smoothing": label_smoothing, "reduction": reduction}
    wide = unsqueeze(gy, dim=1) if data_of(gy).ndim else gy
    return g * wide * cross_entropy_scale(p, target, weight, **meta)


cross_entropy.derivative(x=_cross_entropy_rule)
cross_entropy_backward.derivative(
    gy=lambda g, p, target, weight, ignore_index, label_smoothing, reduction: cross_entropy_slope(
        g, p, target, weight, ignore_index=ignore_index, label_smoothing=label_smoothing, reduction=reduction
    ),
    p=_backward_rule,
)
cross_entropy_slope.derivative(
    v=cross_entropy_backward,
    p=lambda g, v, p, target, weight, ignore_index, label_smoothing, reduction: _backward_rule(
        v, g, p, target, weight, ignore_index, label_smoothing, reduction
    ),
)


@op(node_name="DivBackward1")
def per_sample(total: Array, *, count: int) -> Array:
    """The mean of `count` losses that were summed."""
    return total / count


per_sample.derivative(total=lambda g, count: g / count)
