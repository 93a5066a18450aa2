"""torch.cosine_similarity, pairwise_distance, pdist and cdist."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.dtypes import from_numpy, not_implemented, promote_types
from refnn.functions._broadcast import common_shape
from refnn.functions._checks import bool_argument, int_argument, one_dim, tensor_argument
from refnn.functions._random_arguments import number
from refnn.functions.conversion import to
from refnn.ops import distance as ops
from refnn.ops._half import is_half
from refnn.ops.shape import expand, view

__all__ = ["cdist", "cosine_similarity", "pairwise_distance", "pdist"]


def _pair(function: str, x1: Any, x2: Any) -> None:
    tensor_argument(function, "x1", 1, x1)
    tensor_argument(function, "x2", 2, x2)


# Between two tensors, along one dimension ---------------------------------------------------------------


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """y = Σ x₁ x₂ / (max(‖x₁‖, eps) max(‖x₂‖, eps)) along dim. The two broadcast and promote.

    The bound eps is a constant to the gradient. Raises RuntimeError for shapes that do not broadcast, dtypes
    that are not floating and a negative eps, IndexError for a dim out of range.

    Source: torch.nn.functional.cosine_similarity.
    """
    _pair("cosine_similarity", x1, x2)
    int_argument("cosine_similarity", "dim", 3, dim)
    bound = number("cosine_similarity", "eps", 4, eps)
    if not bound >= 0:
        raise RuntimeError(f"eps must be non-negative, got: {bound:g}")
    dtype = promote_types(x1.dtype, x2.dtype)
    if not dtype.is_floating_point:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {dtype.title}")
    shape = common_shape(x1._data.shape, x2._data.shape)
    d = one_dim(dim, len(shape))
    scaled = []
    for x in (x1, x2):
        x = to(x, dtype)
        x = x if x._data.shape == shape else expand(x, shape=shape)
        scaled.append(x / ops.at_least(x.norm(2, d, True), min=bound))
    return (scaled[0] * scaled[1]).sum(d)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """y = ‖x₁ − x₂ + eps‖_p along the last dimension, (*, D) -> (*), or (*, 1) with keepdim. The two broadcast.

    eps keeps the gradient finite where the two are equal. Raises RuntimeError for shapes that do not broadcast.

    Source: torch.nn.functional.pairwise_distance.
    """
    _pair("pairwise_distance", x1, x2)
    order, shift = number("pairwise_distance", "p", 3, p), number("pairwise_distance", "eps", 4, eps)
    bool_argument("pairwise_distance", "keepdim", 5, keepdim)
    return (x1 - x2 + shift).norm(order, -1, keepdim)


# Between all rows ---------------------------------------------------------------------------------------


def pdist(input: Any, p: float = 2) -> Any:
    """The distances ‖x_i − x_j‖_p of all pairs i < j of rows: (N, M) -> (N (N − 1) / 2). float32 or float64.

    Raises RuntimeError for another rank or dtype and for a negative p, NotImplementedError for half precision,
    and for a second derivative.

    Source: torch.nn.functional.pdist.
    """
    tensor_argument("pdist", "input", 1, input)
    order = number("pdist", "p", 2, p)
    x = input._data
    if x.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {x.ndim}D")
    if not input.dtype.is_floating_point:
        raise RuntimeError("pdist only supports floating-point dtypes")
    if not order >= 0:
        raise RuntimeError("pdist only supports non-negative p values")
    if len(x) > 1 and x.size:
        _no_half("pdist", input)
    return ops.pdist(input, p=order)


def _no_half(name: str, input: Any) -> None:
    if is_half(input._data.dtype):
        raise not_implemented(name, input.dtype)


_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")
_MANY = 25  # rows: above, distances for p = 2 are computed as a matrix product unless that is forbidden


def _check_cdist(x1: Any, x2: Any, order: float) -> None:
    for name, x in (("X1", x1), ("X2", x2)):
        if x._data.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x._data.ndim}D")
    columns = x1._data.shape[-1], x2._data.shape[-1]
    for name, x in (("X1", x1), ("X2", x2)):
        if not x.dtype.is_floating_point:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {x.dtype.title}")
    if columns[0] != columns[1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {columns[0]} X2: {columns[1]}")
    if not order >= 0:
        raise RuntimeError("cdist only supports non-negative p values")


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Any:
    """The distances ‖x_i − y_j‖_p of all rows of x1 from all of x2: (*, P, M), (*, R, M) -> (*, P, R).

    Batch dimensions broadcast. For p = 2 `compute_mode` says whether a matrix product is taken: by default
    where P or R exceeds 25, which is quicker, and less exact for rows that are close.

    Raises RuntimeError for shapes, dtypes or a p that do not fit, ValueError for another mode,
    NotImplementedError for half precision and for a second derivative, unless a matrix product was taken.

    Source: torch.cdist.
    """
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    _pair("cdist", x1, x2)
    order = number("cdist", "p", 3, p)
    _check_cdist(x1, x2, order)
    a, b = x1._data, x2._data
    batch = common_shape(a.shape[:-2], b.shape[:-2])
    rows, others, columns = a.shape[-2], b.shape[-2], a.shape[-1]
    many = max(rows, others) > _MANY if compute_mode == _MODES[0] else compute_mode == _MODES[1]
    by_product = order == 2 and many and min(rows, others, columns, *batch) > 0
    if not by_product and min(rows, others, columns, *batch) > 0:
        for x in (x1, x2):
            _no_half("cdist", x)
    if a.dtype != b.dtype:
        kinds = [from_numpy(x.dtype).title for x in (a, b)]
        raise RuntimeError(f"expected scalar type {kinds[0]} but found {kinds[1]}")
    left = x1 if a.ndim == len(batch) + 2 and a.shape[:-2] == batch else expand(x1, shape=(*batch, rows, columns))
    right = x2 if b.ndim == len(batch) + 2 and b.shape[:-2] == batch else expand(x2, shape=(*batch, others, columns))
    if by_product:
        return _by_product(left, right)
    return ops.cdist(left, right, p=order)


def _by_product(x1: Any, x2: Any) -> Any:
    *batch, rows, columns = x1._data.shape
    others = x2._data.shape[-2]
    count = int(np.prod(batch))
    stacks = (x1, (count, rows, columns)), (x2, (count, others, columns))
    distances = ops.euclidean_dist(*[x.reshape(shape) for x, shape in stacks])
    return view(distances, shape=(*batch, rows, others))
