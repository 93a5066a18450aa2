"""torch.quantile and nanquantile."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase, wrap
from refnn.functions._checks import one_dim
from refnn.functions._out import into
from refnn.functions.shape import expand, reshape, squeeze
from refnn.ops.comparison import where
from refnn.ops.gathering import gather
from refnn.ops.pointwise import lerp, mul, sub

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")
_TOO_LARGE = 16_000_000
_ROUNDED: dict[str, Any] = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}


def _at(x: Any, order: Array, places: Array, d: int) -> Any:
    """x at places of its order along a dimension, one result for each quantile."""
    many = (len(places), *order.shape)
    found = np.take_along_axis(np.broadcast_to(order, many), places.astype(np.int64), d + 1)
    return gather(expand(x, many), found, dim=d + 1)


def _interpolated(x: Any, q: Any, d: int, interpolation: str, skip_nan: bool) -> Any:
    """(…, N, …), (Q,) -> (Q, …, 1, …): the value at q (N − 1) of the order along a dimension."""
    data = x._data
    order = np.argsort(data, d, kind="stable")  # NaNs last
    valid = np.sum(~np.isnan(data), d, keepdims=True)
    whole = data.shape[d]
    last = np.maximum(valid if skip_nan else np.full(valid.shape, whole), 1).astype(data.dtype) - 1
    rank = mul(reshape(q, (-1, *(1,) * data.ndim)), wrap(last))
    if not skip_nan:  # a NaN is the last of the order, and the result
        rank = where((valid < whole), wrap(last), rank)
    plain = _ROUNDED.get(interpolation, np.asarray)(rank._data)
    below, above = np.floor(plain), np.ceil(plain)
    low = _at(x, order, below, d)
    if interpolation not in ("linear", "midpoint"):
        return low
    weight = sub(rank, wrap(below)) if interpolation == "linear" else wrap(np.full(below.shape, 0.5, data.dtype))
    return lerp(low, _at(x, order, above, d), weight)


def _quantile(input: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str, skip_nan: bool, out: Any) -> Any:
    if not isinstance(q, TensorBase) and not 0 <= q <= 1:
        raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    if input._data.size == 0:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if input._data.dtype not in (np.float32, np.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    q = q if isinstance(q, TensorBase) else wrap(np.asarray(q, input._data.dtype))
    places = q._data
    if places.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if places.dtype != input._data.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if not ((places >= 0) & (places <= 1)).all():
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    if input._data.size > _TOO_LARGE:
        raise RuntimeError("quantile() input tensor is too large")
    d = 0 if dim is None else one_dim(dim, input._data.ndim)
    x = reshape(input, -1) if dim is None or not input._data.ndim else input
    y = _interpolated(x, reshape(q, -1), d, interpolation, skip_nan)  # (Q, …, 1, …)
    if dim is None and keepdim:
        y = reshape(y, (places.size, *(1,) * input._data.ndim))
    if not keepdim:
        y = squeeze(y, d + 1)
    elif not input._data.ndim:
        y = reshape(y, (places.size,))
    return into(out, y if places.ndim else squeeze(y, 0) if y._data.ndim else y)


def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear", out: Any = None
) -> Any:
    """The values below which the shares q of the elements lie, between neighbours as `interpolation` says.

    interpolation: "linear", "lower", "higher", "midpoint" or "nearest". A NaN makes the result NaN.
    Shapes: (q's size, *the reduced shape); without the first where q is a number.
    """
    return _quantile(input, q, dim, keepdim, interpolation, False, out)


def nanquantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear", out: Any = None
) -> Any:
    """quantile of what is not NaN."""
    return _quantile(input, q, dim, keepdim, interpolation, True, out)
