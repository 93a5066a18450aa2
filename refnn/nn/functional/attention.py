"""scaled_dot_product_attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase, wrap
from refnn.autograd.modes import mode
from refnn.dtypes import from_numpy, not_implemented
from refnn.functions._broadcast import broadcast_error, check_broadcast
from refnn.functions._overloads import is_real
from refnn.functions._scalars import c_name
from refnn.functions.linalg import matmul
from refnn.functions.rearranging import repeat_interleave
from refnn.functions.shape import expand, reshape, transpose
from refnn.nn.functional._arguments import Misfit, parsed
from refnn.ops import attention as ops
from refnn.ops import random as draws
from refnn.ops.dropout import noise
from refnn.random import default_generator

__all__ = ["scaled_dot_product_attention"]


@parsed(
    "Tensor query, Tensor key, Tensor value, Tensor attn_mask = None, float dropout_p = 0, "
    "bool is_causal = False, *, float scale = None, bool enable_gqa = False"
)
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """Y = dropout(softmax(scale · Q Kᵀ + M)) V over the last two dimensions, softmax along the keys.

    Q (*, L, E), K (*, S, E), V (*, S, V) of one dtype, leading dimensions broadcast; Y (*, L, V). The scale is
    1/√E unless given. M broadcasts to (*, L, S): of bool it says which keys take part, of floats it is added. With
    is_causal query i sees the keys up to i. A query that sees no key gives 0. With enable_gqa each head of K and V
    serves several of Q's. dropout_p > 0 drops whether in training or not. In four dimensions there may be more keys
    than values: the first of them take part.

    Raises RuntimeError for dtypes, ranks and shapes that do not fit, and for M with is_causal.

    Source: torch.nn.functional.scaled_dot_product_attention; Vaswani et al., 2017.
    """
    p = _check_types(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    q, k, v = query._data, key._data, value._data
    fits = q.ndim == k.ndim == v.ndim == 4 and q.shape[-1] == v.shape[-1]
    flash = fits and not p > 0 and not (attn_mask is not None and attn_mask._requires_grad)
    _check(q, k, v, attn_mask, is_causal and not flash)
    if flash and p != 0:
        raise RuntimeError("scaled_dot_product_attention_flash_attention: Currently do not support dropout > 0")
    seen = _seen(q.shape, k.shape, v.shape, enable_gqa) if flash else None
    if enable_gqa:
        key, value = _repeated(query, key, value)
    batch = _batch(query, key if seen is None else key[..., :seen, :], value)
    if q.dtype.kind not in "fV":
        _refuse(q.dtype)
    n, m = q.shape[-2], key._data.shape[-2]
    bias = _bias(attn_mask, (*batch, n, m), q.dtype)
    if seen is not None:
        key, m = key[..., :seen, :], seen
        bias = None if bias is None else _cut(bias, n, m)
    if is_causal:
        causal = wrap(ops.causal_bias(n, m, q.dtype))
        bias = causal if bias is None else bias + causal
    factor = 1 / math.sqrt(q.shape[-1]) if scale is None and q.shape[-1] else scale
    operation = ops.scaled_dot_product_attention if flash else _composed
    needs = any(x is not None and x._requires_grad for x in (query, key, value, bias))
    four = (1,) * (2 - len(batch)) + batch if len(batch) < 3 else (1, math.prod(batch))
    y = operation(
        *(_spread(x, batch, four) for x in (query, key, value)),
        None if bias is None else _spread_mask(bias, batch, four),
        _noise(p, (*four, n, m), q.dtype),
        scale=float(0.0 if factor is None else factor),
        keep=mode.grad and needs,
        joined=flash,
    )[0]
    return y if len(batch) == 2 else reshape(y, (*batch, n, v.shape[-1]))


_composed = ops.scaled_dot_product_attention.renamed("UnsafeViewBackward0")


# Checks, in torch's order -------------------------------------------------------------------------------


def _check_types(q: Any, k: Any, v: Any, attn_mask: Any, dropout_p: Any, causal: Any, scale: Any, gqa: Any) -> float:
    """dropout_p as a number."""
    tensors = all(isinstance(x, TensorBase) for x in (q, k, v)) and (
        attn_mask is None or isinstance(attn_mask, TensorBase)
    )
    numbers = is_real(dropout_p) and (scale is None or is_real(scale))
    if not (tensors and numbers and isinstance(causal, bool) and isinstance(gqa, bool)):
        raise Misfit
    return float(dropout_p)


def _check(q: Array, k: Array, v: Array, attn_mask: Any, causal: bool) -> None:
    if not q.dtype == k.dtype == v.dtype:
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {c_name(q.dtype)} "
            f"key.dtype: {c_name(k.dtype)} and value.dtype: {c_name(v.dtype)} instead."
        )
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise RuntimeError(
            f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {q.ndim} "
            f"key.dim: {k.ndim} and value.dim: {v.ndim} instead."
        )
    if attn_mask is None:
        return
    mask = attn_mask._data
    if mask.dtype not in (np.bool_, np.float32, q.dtype):
        raise RuntimeError(
            f"Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{c_name(mask.dtype)} and  query.dtype: {c_name(q.dtype)} instead."
        )
    if causal:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if mask.ndim < 2:
        raise IndexError(
            "Dimension out of range (expected to be in range of [-1, 0], but got -2)"
            if mask.ndim
            else "Dimension specified as -2 but tensor has no dimensions"
        )


def _refuse(dtype: Any) -> None:
    if dtype.kind == "c":
        raise not_implemented("softmax_lastdim_kernel_impl", dtype)
    raise RuntimeError(f"expected scalar type Float but found {from_numpy(dtype).title}")


def _repeated(query: Any, key: Any, value: Any) -> tuple[Any, Any]:
    """Keys and values with as many heads as the queries have."""
    for x in (query, key, value):
        if x._data.ndim < 3:
            raise IndexError("Dimension out of range (expected to be in range of [-2, 1], but got -3)")
    heads, of_key, of_value = (x._data.shape[-3] for x in (query, key, value))
    if of_key == heads == of_value:
        return key, value
    if not of_key or not of_value or heads % of_key or heads % of_value:
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    return repeat_interleave(key, heads // of_key, -3), repeat_interleave(value, heads // of_value, -3)


def _seen(q: tuple[int, ...], k: tuple[int, ...], v: tuple[int, ...], grouped: bool) -> int | None:
    """How many keys take part, where there are more of them than values: torch's kernel goes by the values.

    Where there are fewer it reads past their end, and refnn raises what torch's other kernel raises.
    """
    alike = k[:2] == v[:2] and (q[0] == k[0] if grouped else q[:2] == k[:2]) and q[3] == k[3]
    return v[-2] if alike and k[-2] > v[-2] else None


def _cut(bias: Any, n: int, m: int) -> Any:
    """The mask of m keys. Raises RuntimeError for one that has as many columns as there are keys, as torch does."""
    four = reshape(bias, (*(1,) * (4 - bias._data.ndim), *bias._data.shape))
    return expand(four, (*four._data.shape[:2], n, m))


def _batch(query: Any, key: Any, value: Any) -> tuple[int, ...]:
    """The leading dimensions of the result. Products that are impossible raise what torch's products raise."""
    q, k, v = (x._data.shape for x in (query, key, value))
    try:
        batch = np.broadcast_shapes(q[:-2], k[:-2], v[:-2])
    except ValueError:
        batch = None
    if batch is None or q[-1] != k[-1] or k[-2] != v[-2]:
        weights = matmul(query.detach(), transpose(key.detach(), -2, -1))
        matmul(weights, value.detach())
        raise broadcast_error([q[:-2], k[:-2], v[:-2]])
    return batch


def _bias(attn_mask: Any, scores: tuple[int, ...], dtype: Any) -> Any:
    """What is added to the scores; of bool −∞ where no key takes part.

    Raises RuntimeError for a mask that does not broadcast to the scores.
    """
    if attn_mask is None:
        return None
    check_broadcast(scores, scores, attn_mask._data.shape)
    if attn_mask._data.dtype == np.bool_:
        return wrap(np.where(attn_mask._data, np.zeros((), dtype), np.asarray(-np.inf, dtype)))
    return attn_mask


# Four dimensions ----------------------------------------------------------------------------------------


def _spread(x: Any, batch: tuple[int, ...], four: tuple[int, ...]) -> Any:
    """x (*, n, d) as (B, H, n, d)."""
    size = x._data.shape[-2:]
    if x._data.shape[:-2] != batch:
        x = expand(x, (*batch, *size))
    return x if len(batch) == 2 else reshape(x, (*four, *size))


def _spread_mask(bias: Any, batch: tuple[int, ...], four: tuple[int, ...]) -> Any:
    """The same of a mask, which stays as small as it can."""
    if len(batch) < 3 or bias._data.ndim == 2:
        missing = 4 - bias._data.ndim
        return bias if missing <= 0 else reshape(bias, (*(1,) * missing, *bias._data.shape))
    return reshape(expand(bias, (*batch, *bias._data.shape[-2:])), (*four, *bias._data.shape[-2:]))


def _noise(p: float, shape: tuple[int, ...], dtype: Any) -> Array | None:
    """dropout's factors of the weights, drawn in order; none for p ≤ 0.

    Raises RuntimeError for p > 1.
    """
    if p > 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    if not p > 0:  # NaN drops nothing
        return None
    size = math.prod(shape)
    if p == 1 or not size:
        return np.zeros(shape, dtype)
    return noise(draws.bernoulli(size, 1 - p, default_generator).reshape(shape), p, dtype)
