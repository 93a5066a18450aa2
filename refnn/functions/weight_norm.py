"""torch.norm_except_dim, and the product by which a weight with a norm of its own is computed."""

from __future__ import annotations

from typing import Any

from refnn.dtypes import not_implemented
from refnn.functions._checks import int_argument, one_dim, tensor_argument
from refnn.functions.conversion import contiguous
from refnn.functions.shape import transpose, view
from refnn.functions.statistics import _vector_norm
from refnn.ops import weight_norm as ops
from refnn.ops.statistics import norm

__all__ = ["norm_except_dim"]


_norm_op = norm.renamed("NormBackward0")


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """(Σ |v|ᵖ)^(1/p) over all dimensions but one, which keep length 1. A dim of −1 means none: a 0-dim tensor.

    Raises IndexError for a dim out of range, RuntimeError for integers.

    Source: torch.norm_except_dim.
    """
    tensor_argument("norm_except_dim", "v", 1, v)
    int_argument("norm_except_dim", "pow", 2, pow)
    int_argument("norm_except_dim", "dim", 3, dim)
    shape = v._data.shape
    if dim == -1:
        return _norm(v, pow, None)
    if dim == 0:
        _check_dim_of_scalar(0, shape)
        rows = view(contiguous(v), shape[0], -1)
        return view(_norm(rows, pow, 1), shape[0], *(1 for _ in shape[1:]))
    if dim == len(shape) - 1:
        columns = view(contiguous(v), -1, shape[-1])
        return view(_norm(columns, pow, 0), *(1 for _ in shape[:-1]), shape[-1])
    one_dim(dim, len(shape))
    return transpose(norm_except_dim(transpose(v, 0, dim), pow, 0), 0, dim)


def _norm(x: Any, p: int, dim: Any) -> Any:
    if x._data.dtype.kind not in "fcV":
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {x.dtype.title} instead."
        )
    return _vector_norm(x, float(p), dim, False, None, None, _norm_op)


def _check_dim_of_scalar(dim: int, shape: tuple[int, ...]) -> None:
    if not shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")


def _weight_norm(v: Any, g: Any, dim: int = 0) -> Any:
    """g v / ‖v‖, the norm being norm_except_dim's."""
    tensor_argument("_weight_norm", "v", 1, v)
    tensor_argument("_weight_norm", "g", 2, g)
    n = v._data.ndim
    if dim not in (0, n - 1):
        return v * (g / norm_except_dim(v, 2, dim))
    _check_dim_of_scalar(dim, v._data.shape)
    kind = v._data.dtype
    if kind.kind not in "fV":
        raise not_implemented("weight_norm_kernel", v.dtype)
    if g._data.dtype != kind:
        raise RuntimeError(f"expected scalar type {v.dtype.title} but found {g.dtype.title}")
    return ops.weight_norm(v, g, dim=dim)
