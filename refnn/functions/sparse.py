"""torch.embedding, embedding_bag, embedding_renorm_."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.inplace import apply_inplace
from refnn.autograd.modes import mode as grad_mode
from refnn.autograd.modes import no_grad
from refnn.dtypes import from_numpy, promote_types
from refnn.functions._checks import bool_argument, int_argument, tensor_argument, tensor_arguments, type_name
from refnn.functions._scalars import type_text
from refnn.ops import sparse as ops

__all__ = ["embedding", "embedding_bag", "embedding_renorm_", "shrink_rows"]

_INDICES = (np.dtype(np.int64), np.dtype(np.int32))
_WEIGHTS = ("float16", "bfloat16", "float32", "float64")
_MODES = ("sum", "mean", "max")


# Checks -------------------------------------------------------------------------------------------------


def _one_of(function: str, name: str, position: int, dtype: Any, ok: bool, listed: str) -> None:
    if not ok:
        raise RuntimeError(
            f"Expected tensor for argument #{position} '{name}' to have one of the following scalar types: {listed}; "
            f"but got {type_text(dtype)} instead (while checking arguments for {function})"
        )


def _check_indices(function: str, position: int, indices: Any) -> None:
    _one_of(function, "indices", position, indices._data.dtype, indices._data.dtype in _INDICES, "Long, Int")


def _check_layout(sparse: bool, weight: Any) -> None:
    if sparse and grad_mode.grad and weight._requires_grad:
        raise RuntimeError("sparse=True asks for a gradient of sparse layout, and tensors here are strided")


# Embedding ----------------------------------------------------------------------------------------------


def embedding(
    weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Any:
    """y[…] = W[i[…]], with W (V, D), i (*) of int32 or int64, y (*, D).

    The gradient of row padding_idx is 0; with scale_grad_by_freq a row's gradient is divided by the number of
    times that i names it. Raises IndexError for an index out of range, RuntimeError for another rank or dtype,
    and where sparse asks for a gradient of another layout.

    Source: torch.embedding.
    """
    tensor_argument("embedding", "weight", 1, weight)
    tensor_argument("embedding", "indices", 2, indices)
    int_argument("embedding", "padding_idx", 3, padding_idx, is_size=True)
    bool_argument("embedding", "scale_grad_by_freq", 4, scale_grad_by_freq)
    bool_argument("embedding", "sparse", 5, sparse)
    w, i = weight._data, indices._data
    if w.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    _check_indices("embedding", 1, indices)
    if w.dtype.kind == "c" and grad_mode.grad and weight._requires_grad:
        raise RuntimeError("embedding does not support automatic differentiation for outputs with complex dtype.")
    _check_layout(sparse, weight)
    if i.size:
        if not len(w):
            raise RuntimeError("index_select(): self indexing axis dim should be positive")
        wrong = (i < 0) | (i >= len(w))
        if wrong.any():
            if not w.shape[1]:
                raise RuntimeError(f"INDICES element is out of DATA bounds, id={i[wrong][0]} axis_dim={len(w)}")
            raise IndexError("index out of range in self")
    return ops.embedding(weight, indices, padding_idx=int(padding_idx), scale_grad_by_freq=bool(scale_grad_by_freq))


def _check_renorm(input: Any, indices: Any, max_norm: Any, norm_type: Any) -> dict[str, float]:
    tensor_argument("embedding_renorm_", "input", 1, input)
    tensor_argument("embedding_renorm_", "indices", 2, indices)
    for position, (name, value) in enumerate((("max_norm", max_norm), ("norm_type", norm_type)), 3):
        number = isinstance(value, (int, float, np.number)) or (isinstance(value, TensorBase) and not value._data.ndim)
        if not number:
            raise TypeError(
                f"embedding_renorm_(): argument '{name}' (position {position}) must be float, not {type_name(value)}"
            )
    w, i = input._data, indices._data
    if w.ndim != 2:
        raise RuntimeError(
            f"Expected 2-dimensional tensor, but got {w.ndim}-dimensional tensor for argument #1 'self' "
            "(while checking arguments for embedding_renorm_)"
        )
    _check_indices("embedding_renorm_", 2, indices)
    if i.size:
        bad = i[(i < -len(w)) | (i >= len(w))]
        if bad.size:
            raise IndexError(
                f"select(): index {bad.min() if bad.min() < 0 else bad.max()} out of range for tensor of size "
                f"{list(w.shape)} at dimension 0"
            )
        if w.dtype.kind not in "fVc":
            raise RuntimeError(
                "norm(): input dtype should be either floating point or complex. Got "
                f"{from_numpy(w.dtype).title} instead."
            )
    return {"max_norm": float(max_norm), "norm_type": float(norm_type)}


def embedding_renorm_(input: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """In place: the rows of W (V, D) that indices name, each shrunk to a norm of max_norm where it is larger.

    w ← w · max_norm / (‖w‖ + 10⁻⁷), in the p-norm of norm_type. Returns W. Raises RuntimeError for a leaf that
    requires grad, another rank or dtype, IndexError for an index out of range.

    Source: torch.embedding_renorm_.
    """
    options = _check_renorm(input, indices, max_norm, norm_type)
    return apply_inplace(ops.embedding_renorm, input, indices, **options)


def shrink_rows(weight: Any, indices: Any, max_norm: float, norm_type: float) -> None:
    """embedding_renorm_ outside the graph, also of a leaf. Only the named rows are written."""
    options = _check_renorm(weight, indices, max_norm, norm_type)
    rows = np.unique(indices._data)
    with np.errstate(all="ignore"):
        values = ops.shrunk_rows(weight._data, rows, **options)
    with no_grad():
        weight[wrap(rows.astype(np.int64))] = wrap(values)


# Bags ---------------------------------------------------------------------------------------------------


def embedding_bag(
    weight: Any,
    indices: Any,
    offsets: Any,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Any, Any, Any, Any]:
    """Rows of W (V, D) summed in bags (mode 0), averaged (1), or their maximum (2): y (B, D).

    Bag b holds the indices from offsets[b] to offsets[b + 1]; with include_last_offset the last offset is an end.
    Returns y, the bag of each index, the bags' sizes, and the indices of the maxima; torch fills the second only
    where it needs it, and the third not for sums.

    Raises RuntimeError for dtypes, ranks and offsets that do not fit and indices out of range.

    Source: torch.embedding_bag.
    """
    tensor_arguments("embedding_bag", weight=weight, indices=indices, offsets=offsets)
    bool_argument("embedding_bag", "scale_grad_by_freq", 4, scale_grad_by_freq)
    int_argument("embedding_bag", "mode", 5, mode)
    bool_argument("embedding_bag", "sparse", 6, sparse)
    if per_sample_weights is not None:
        tensor_argument("embedding_bag", "per_sample_weights", 7, per_sample_weights)
    bool_argument("embedding_bag", "include_last_offset", 8, include_last_offset)
    if padding_idx is not None:
        int_argument("embedding_bag", "padding_idx", 9, padding_idx)
    padding = _padding(weight, padding_idx)
    kind = _check_bag(weight, indices, offsets, int(mode), per_sample_weights, include_last_offset, padding)
    _check_layout(sparse, weight)
    return _bag(weight, indices, offsets, kind, per_sample_weights, include_last_offset, padding, scale_grad_by_freq)


def _padding(weight: Any, padding_idx: int | None) -> int:
    """The padding index counted from the start; −1 where there is none."""
    if padding_idx is None:
        return -1
    n, given = len(weight._data) if weight._data.ndim else 0, int(padding_idx)
    if not -n <= given < n:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-n} through {n - 1}, but got {given}"
        )
    return given + n if given < 0 else given


def _check_bag(weight: Any, indices: Any, offsets: Any, mode: int, per_sample: Any, last: bool, padding: int) -> str:
    """The mode's name. Raises what torch raises, in its order."""
    w, i, o = weight._data, indices._data, offsets._data
    if i.ndim not in (1, 2):
        raise RuntimeError(f"input has to be a 1D or 2D Tensor, but got Tensor of dimension {i.ndim}")
    if o.ndim != 1:
        raise RuntimeError(f"offsets has to be a 1D Tensor, but got Tensor of dimension {o.ndim}")
    if w.ndim != 2:
        raise RuntimeError(f"weight has to be a 2D Tensor, but got Tensor of dimension {w.ndim}")
    common = promote_types(from_numpy(i.dtype), from_numpy(o.dtype)).numpy
    _one_of("embedding_bag", "indices", 1, common, common in _INDICES, "Long, Int")
    listed = "Half, BFloat16, Float, Double"
    _one_of("embedding_bag", "weight", 1, w.dtype, w.dtype.name in _WEIGHTS, listed)
    _check_offsets(o, i.size, last)
    if not 0 <= mode < len(_MODES):
        raise RuntimeError("`mode` must be sum, mean, or max.")
    kind = _MODES[mode]
    if per_sample is not None:
        _check_samples(weight, i, per_sample, kind)
    _check_order(o, i.size)
    if i.size:
        _check_places(i.reshape(-1), len(w), _is_plain(w, kind, padding))
    return kind


def _check_offsets(o: Any, n: int, last: bool) -> None:
    if last and o.size < 1:
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    if o.size and o[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {o[0]}\n[ torch.LongTensor{{}} ]"
        )
    if o.size and o[-1] > n:
        raise RuntimeError(f"offsets[-1] can not be greater than input's length {n} but got offsets[-1] of {o[-1]}")


def _check_samples(weight: Any, i: Any, per_sample: Any, kind: str) -> None:
    if kind != "sum":
        raise RuntimeError("embedding_bag: per_sample_weights only supported with mode='sum'")
    s = per_sample._data
    if s.dtype != weight._data.dtype:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
            f"'per_sample_weights'; but type {type_text(weight._data.dtype)} does not equal {type_text(s.dtype)} "
            "(while checking arguments for embedding_bag)"
        )
    for condition, holds in (("dim() == 1", s.ndim == 1), ("numel() == indices.numel()", s.size == i.size)):
        if not holds:
            raise RuntimeError(
                f"Expected per_sample_weights.value().{condition} to be true, but got false.  (Could this error "
                "message be improved?  If so, please report an enhancement request to PyTorch.)"
            )


def _is_plain(w: Any, kind: str, padding: int) -> bool:
    """Whether torch takes its quick kernel for sums, which has errors of its own."""
    return kind != "max" and padding < 0 and w.dtype.itemsize < 8 and w.flags.c_contiguous


def _check_order(o: Any, n: int) -> None:
    if o.size and (o.min() < 0 or o.max() > n):
        raise IndexError("index out of range in self")


def _check_places(places: Any, n: int, plain: bool) -> None:
    wrong = np.flatnonzero((places < 0) | (places >= n))
    if not wrong.size:
        return
    value = places[wrong[0]]
    if not plain:
        raise RuntimeError(f"embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be {value}")
    raise RuntimeError(f"Index {wrong[0]} of input takes value {value} which is not in the valid range [0, {n})")


def _bag(
    weight: Any, indices: Any, offsets: Any, kind: str, per_sample: Any, last: bool, padding: int, by_frequency: bool
) -> tuple[Any, Any, Any, Any]:
    places = indices._data.reshape(-1)
    common = np.promote_types(places.dtype, offsets._data.dtype)
    places, starts = places.astype(common, copy=False), offsets._data
    n = len(starts) - 1 if last else len(starts)
    bags = ops.bags_of(starts[:n], len(places), common)
    plain = _is_plain(weight._data, kind, padding)
    ends = np.append(starts[1:n], len(places)) if n else starts[:0]
    sizes = (ends - starts[:n]).astype(common)
    if padding >= 0 and places.size:
        np.subtract.at(sizes, bags[places == padding], 1)
    y, chosen = ops.embedding_bag(
        weight,
        places,
        bags,
        sizes,
        per_sample,
        mode=kind,
        padding_idx=padding,
        scale_grad_by_freq=bool(by_frequency),
    )
    if kind == "sum":
        sizes = np.zeros_like(sizes)
        bags = bags[:0] if plain else bags
    return y, wrap(bags), wrap(sizes), chosen if kind == "max" else wrap(sizes.copy())
