"""linear, bilinear."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.dtypes import from_numpy, not_implemented
from refnn.functions._broadcast import expanded_shape
from refnn.functions._checks import tensor_argument
from refnn.functions._elementwise import broadcast
from refnn.functions._scalars import c_name
from refnn.functions.linalg import matmul
from refnn.ops import linear as ops
from refnn.ops.linalg import addmm
from refnn.ops.pointwise import add
from refnn.ops.shape import expand, reshape, reshape_copy, t, view

__all__ = ["bilinear", "linear"]

_NO_PRODUCT = ("bool", "uint16", "uint32", "uint64")


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """y = x Wᵀ + b.

    x (*, in), W (out, in) or (in,), b (out,) or anything that broadcasts to y; y (*, out), or (*,).
    All of one dtype.

    Raises TypeError for what is no Tensor, RuntimeError for shapes that do not fit or dtypes that differ,
    NotImplementedError for bool.

    Source: torch.nn.functional.linear.
    """
    if not (isinstance(input, TensorBase) and isinstance(weight, TensorBase)):
        tensor_argument("linear", "input", 1, input)
        tensor_argument("linear", "weight", 2, weight)
    if bias is not None and not isinstance(bias, TensorBase):
        tensor_argument("linear", "bias", 3, bias)
    x, w = input._data, weight._data
    if x.ndim == 0 or w.ndim != 2:
        return _with_vector(input, weight, bias)
    if bias is None:
        return _unbiased(input, weight)
    if x.ndim == 2:
        return _addmm(input, weight, bias)
    one_row = bias._data.ndim <= 1 or (bias._data.ndim == 2 and len(bias._data) == 1)
    if not (one_row and x.flags.c_contiguous):
        return _plus(_unbiased(input, weight), bias)
    rows = view(input, shape=(math.prod(x.shape[:-1]), x.shape[-1]))
    return view(_addmm(rows, weight, bias), shape=(*x.shape[:-1], len(w)))


def _addmm(rows: Any, weight: Any, bias: Any) -> Any:
    """x Wᵀ + b with x (n, in)."""
    x, w, b = rows._data, weight._data, bias._data
    if not x.dtype is w.dtype is b.dtype or x.shape[1] != w.shape[1] or x.dtype.kind in "bu":
        _check_addmm(x, w, b)
    if b.shape == w.shape[:1]:
        return ops.linear(rows, weight, bias)
    shape = expanded_shape(b.dtype, b.shape, (len(x), len(w)))
    return addmm(expand(bias, shape=shape), rows, t(weight), beta=1, alpha=1)


def _unbiased(input: Any, weight: Any) -> Any:
    """x Wᵀ with x (*, in)."""
    x, w = input._data, weight._data
    rows = (math.prod(x.shape[:-1]), x.shape[-1])
    _check_inner(rows, w)
    if x.dtype != w.dtype:
        kinds = " != ".join(c_name(d) for d in (x.dtype, w.dtype))
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {kinds}")
    _check_kind(x.dtype)
    if x.ndim == 2:
        return ops.linear_unbiased(input, weight)
    y = ops.linear_unbiased(reshape(input, shape=rows), weight)
    return reshape_copy(y, shape=(*x.shape[:-1], len(w)))


def _with_vector(input: Any, weight: Any, bias: Any) -> Any:
    """W (in,): one output, which takes no dimension."""
    nx, nw = input._data.ndim, weight._data.ndim
    if nx == 0 or nw == 0:
        raise RuntimeError(f"both arguments to linear need to be at least 1D, but they are {nx}D and {nw}D")
    if nw > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {nw}D")
    if bias is None:
        return matmul(input, weight)
    if nx == 2:
        raise RuntimeError("mat2 must be a matrix, got 1-D tensor")
    return _plus(matmul(input, weight), bias)


def _plus(y: Any, bias: Any) -> Any:
    """y + b, which must not make y larger."""
    total = broadcast(add, y, bias)
    if total._data.shape != y._data.shape:
        raise RuntimeError(
            f"output with shape {list(y._data.shape)} doesn't match the broadcast shape {list(total._data.shape)}"
        )
    return total


def _check_inner(rows: tuple[int, ...], w: Any) -> None:
    if rows[1] != w.shape[1]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows[0]}x{rows[1]} and {w.shape[1]}x{w.shape[0]})"
        )


def _check_kind(dtype: np.dtype[Any]) -> None:
    if dtype.kind in "bu" and dtype.name in _NO_PRODUCT:
        raise not_implemented("addmm_impl_cpu_", dtype)


def _check_addmm(x: Any, w: Any, b: Any) -> None:
    """Raise what torch raises, in its order: dtypes of b and W, of x and W, inner sizes."""
    if not x.dtype == w.dtype == b.dtype:
        name, other = ("self", b) if b.dtype != w.dtype else ("mat1", x)
        kinds = " and ".join(from_numpy(d).title for d in (other.dtype, w.dtype))
        raise RuntimeError(f"{name} and mat2 must have the same dtype, but got {kinds}")
    _check_inner(x.shape, w)
    _check_kind(x.dtype)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """y_k = x1ᵀ W_k x2 + b_k.

    x1 (*, in1), x2 (*, in2), W (out, in1, in2), b (out,); y (*, out). All of one dtype.

    Raises TypeError for what is no Tensor, RuntimeError for shapes that do not fit or dtypes that differ.

    Source: torch.nn.functional.bilinear.
    """
    for position, (name, value) in enumerate((("input1", input1), ("input2", input2), ("weight", weight)), 1):
        tensor_argument("bilinear", name, position, value)
    if bias is not None:
        tensor_argument("bilinear", "bias", 4, bias)
    x1, x2 = input1._data, input2._data
    _check_bilinear(x1, x2, weight._data, bias)
    if x1.dtype.kind in "bu" and x1.dtype.name in _NO_PRODUCT and x1.size:
        raise not_implemented("bmm", x1.dtype)
    flat = [reshape(t, shape=(math.prod(t._data.shape[:-1]), t._data.shape[-1])) for t in (input1, input2)]
    y = view(ops.bilinear(*flat, weight), shape=(*x1.shape[:-1], len(weight._data)))
    return y if bias is None else broadcast(add, y, bias)


def _check_bilinear(x1: Any, x2: Any, w: Any, bias: Any) -> None:
    """Raise what torch raises, in its order: dtypes, then shapes."""
    given = {"input1": x1, "input2": x2, "weight": w, **({} if bias is None else {"bias": bias._data})}
    if len({x.dtype for x in given.values()}) > 1:
        listed = ", ".join(f"{name}: {c_name(x.dtype)}" for name, x in given.items())
        raise RuntimeError(f"All tensors must have the same dtype, got {listed}")
    if x1.ndim != x2.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {x1.ndim} and {x2.ndim}")
    for d, (n1, n2) in enumerate(zip(x1.shape[:-1], x2.shape[:-1], strict=True)):
        if n1 != n2:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {d}: got {n1} and {n2}")
    if x1.ndim == 0:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    for k, x in enumerate((x1, x2), 1):
        expected = w.shape[k] if k < w.ndim else None
        if expected is None:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-w.ndim}, {w.ndim - 1}], but got {k})"
            )
        if x.shape[-1] != expected:
            raise RuntimeError(
                f"bilinear(): input{k} size does not match weight size: got {x.shape[-1]} but expected {expected}"
            )
    if bias is None:
        return
    if not bias._data.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if len(bias._data) != len(w):
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {len(bias._data)} but expected {len(w)}"
        )
