"""Normalisation: batch, instance, layer, group and root mean square are one op over cells of different form.

    h = (x − m) r,   r = 1 / √(var + eps),   y = h w + b.

m and var are the mean and the biased variance of a cell, w and b belong to channels; `refnn.ops._cells` says
what cells are. In evaluation batch normalisation takes m and var as given, and they are constants.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _normalize, _threads
from refnn.ops._buffers import in_place
from refnn.ops._cells import Form
from refnn.ops._recurrence import spread, wide
from refnn.ops.creation import cast, data_of
from refnn.ops.elementary import rsqrt
from refnn.ops.reduction import mean as mean_over
from refnn.ops.reduction import sum as sum_over
from refnn.ops.shape import reshape

__all__ = ["Form", "normalize", "normalize_backward", "normalize_by"]


def _node(meta: dict[str, Any]) -> str:
    return str(meta["form"].node)


def _node_backward(meta: dict[str, Any]) -> str:
    return f"{str(meta['form'].node).removesuffix('0')}Backward0"


@op(node_name=_node, results=("y", "mean", "var"))
def normalize(
    x: Array, weight: Array | None, bias: Array | None, *, form: Form, eps: float
) -> tuple[Array, Array, Array]:
    """(y, m, var). 16-bit floats are computed in float32, in which m and var come back."""
    xs, ws, bs = wide(x, weight, bias)
    with _threads.owning(x.size / _normalize.FORWARD), in_place(x.size):
        y, mean, var = _normalize.forward(xs, ws, bs, form, eps)
    return y.astype(x.dtype, copy=False), mean, var


@op(node_name=_node)
def normalize_by(
    x: Array, weight: Array | None, bias: Array | None, mean: Array, var: Array, *, form: Form, eps: float
) -> Array:
    """y, with m and var given."""
    xs, ws, bs, means, var_ = wide(x, weight, bias, mean, var)
    with _threads.owning(x.size / _normalize.FORWARD), in_place(x.size):
        return _normalize.given(xs, ws, bs, means, var_, form, eps).astype(x.dtype, copy=False)


@op(node_name=_node_backward)
def normalize_backward(
    g: Array,
    x: Array,
    weight: Array | None,
    mean: Array,
    var: Array,
    *,
    form: Form,
    eps: float,
    fixed: bool,
    wanted: tuple[bool, ...],
) -> tuple[Array, ...]:
    """Of dx = r (g w − mean(g w) − h mean(g w h)), dw = Σ g h and db = Σ g those that are wanted.

    dx = r g w if m and var are fixed.
    """
    gs, xs, ws, means, var_ = wide(g, x, weight, mean, var)
    with _threads.owning(x.size / _normalize.BACKWARD), in_place(x.size):
        dx, dw, db = _normalize.backward(gs, xs, ws, means, var_, form, eps, fixed, wanted)
    channels, kind = (x.shape[form.start : form.stop], x.dtype) if weight is None else (weight.shape, weight.dtype)
    found = (dx, dw.reshape(channels).astype(kind, copy=False), db.reshape(channels).astype(kind, copy=False))
    return tuple(d.astype(x.dtype, copy=False) if d is dx else d for d, want in zip(found, wanted, strict=True) if want)


@normalize.joint_derivative
def _rule(g: Any, x: Any, weight: Any, mean: Any, var: Any, needs: Any, form: Form, eps: float) -> tuple[Any, ...]:
    meta: Any = {"form": form, "eps": eps, "fixed": False, "wanted": tuple(needs)}
    return spread(needs, normalize_backward(g[0], x, weight, mean, var, **meta))


@normalize_by.joint_derivative
def _given_rule(
    g: Any, x: Any, weight: Any, mean: Any, var: Any, needs: Any, form: Form, eps: float
) -> tuple[Any, ...]:
    wanted = tuple(needs[:3])
    meta: Any = {"form": form, "eps": eps, "fixed": True, "wanted": wanted}
    return (*spread(wanted, normalize_backward(g, x, weight, mean, var, **meta)), None, None)


# The second derivative ----------------------------------------------------------------------------------


def _wide(x: Any) -> Any:
    data = data_of(x)
    return x if data.dtype.itemsize > 2 else cast(x, dtype=np.dtype(np.float32))


class _Seen:
    """x and what goes with it as (N, G, D, S), in ops: h and r are functions of x to further derivatives."""

    def __init__(self, x: Any, mean: Any, var: Any, form: Form, eps: float, fixed: bool) -> None:
        self.shape = form.sizes(data_of(x).shape)
        groups, depth = self.shape[1:3]
        self.fixed, self.centred = fixed, form.centred
        self.dims = (0, 2, 3) if form.batch else (2, 3)
        self.weights = (1, groups, depth, 1)
        values = self.values(x)
        if fixed:
            cells = (1, groups, 1, 1)
            u = values - reshape(_wide(mean), shape=cells)
            var = reshape(_wide(var), shape=cells)
        else:
            u = values - self.mean(values) if form.centred else values
            var = self.mean(u * u)
        self.r = rsqrt(var + eps)
        self.h = u * self.r

    def values(self, x: Any) -> Any:
        return reshape(_wide(x), shape=self.shape)

    def weight(self, w: Any) -> Any:
        return reshape(_wide(w), shape=self.weights)

    def mean(self, v: Any) -> Any:
        """Over cells."""
        return mean_over(v, dim=self.dims, keepdim=True)

    def project(self, v: Any) -> Any:
        """v − mean v − h mean(v h): its own transpose. r project(v) is how v passes back through h."""
        if self.fixed:
            return v
        part = v - self.h * self.mean(v * self.h)
        return part - self.mean(v) if self.centred else part


@normalize_backward.joint_derivative
def _second_rule(
    gg: Any,
    g: Any,
    x: Any,
    weight: Any,
    mean: Any,
    var: Any,
    needs: Any,
    form: Form,
    eps: float,
    fixed: bool,
    wanted: Any,
) -> tuple[Any, ...]:
    """From (X, W, B), which came for (dx, dw, db), with P for `project` and a = g w:

    for g: w r P X + W h + B;
    for w: Σ g r P X;
    for x: r P V − r² h mean(X P a), V = W g − r (X mean(a h) + a mean(X h)); r W g if fixed.
    """
    seen = _Seen(x, mean, var, form, eps, fixed)
    came = spread(wanted, gg)
    of_x = None if came[0] is None else seen.values(came[0])
    of_w, of_b = (None if v is None else seen.weight(v) for v in came[1:])
    dy, w = seen.values(g), 1.0 if weight is None else seen.weight(weight)
    passed = None if of_x is None else seen.r * seen.project(of_x)
    return (
        _for_g(seen, passed, of_w, of_b, w, data_of(g).shape) if needs[0] else None,
        _for_x(seen, of_x, of_w, dy, w, data_of(x).shape) if needs[1] else None,
        _for_w(dy, passed, data_of(weight).shape) if needs[2] and passed is not None else None,
        None,
        None,
    )


def _sum(parts: list[Any], shape: tuple[int, ...], like: tuple[int, ...]) -> Any:
    """The sum of those parts that there are, in a shape; None if there are none."""
    there = [part for part in parts if part is not None]
    if not there:
        return None
    total = there[0]
    for part in there[1:]:
        total = total + part
    return reshape(total, shape=shape) if tuple(total.shape) == like else total


def _for_g(seen: _Seen, passed: Any, of_w: Any, of_b: Any, w: Any, shape: Any) -> Any:
    parts = [
        None if passed is None else passed * w,
        None if of_w is None else of_w * seen.h,
        None if of_b is None else of_b + 0 * seen.h,
    ]
    return _sum(parts, shape, seen.shape)


def _for_x(seen: _Seen, of_x: Any, of_w: Any, dy: Any, w: Any, shape: Any) -> Any:
    a = dy * w
    of_h = None if of_w is None else of_w * dy
    direct = None
    if of_x is not None and not seen.fixed:
        crossed = seen.r * (of_x * seen.mean(a * seen.h) + a * seen.mean(of_x * seen.h))
        of_h = -crossed if of_h is None else of_h - crossed
        direct = -(seen.r * seen.r) * seen.h * seen.mean(of_x * seen.project(a))
    return _sum([None if of_h is None else seen.r * seen.project(of_h), direct], shape, seen.shape)


def _for_w(dy: Any, passed: Any, shape: Any) -> Any:
    return reshape(sum_over(dy * passed, dim=(0, 3), keepdim=True), shape=shape)
