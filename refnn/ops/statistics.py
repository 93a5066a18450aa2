"""Spread, log-sum-exp and norms. `dim` is a tuple of non-negative dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import is_half, opmath
from refnn.ops.comparison import equal, isnan, where
from refnn.ops.creation import conj, data_of, is_complex, ones_like, real, zeros_like
from refnn.ops.elementary import abs, exp, sgn
from refnn.ops.pointwise import div, mul, pow
from refnn.ops.reduction import count, mean, restored
from refnn.ops.reduction import sum as sum_over
from refnn.ops.shape import Dims


@op
def var(x: Array, *, dim: Dims, correction: float, keepdim: bool) -> Array:
    """y = Σ |x − x̄|² / max(n − correction, 0), in two passes."""
    work = opmath(x)
    centred = work - mean.kernel(work, dim=dim, keepdim=True)
    total = np.sum(np.square(np.abs(centred)), dim, keepdims=keepdim)
    y = np.asarray(total / np.maximum(count(x.shape, dim) - correction, 0))
    return y.astype(x.real.dtype, order="C", copy=False)


def _var_rule(g: Any, x: Any, dim: Dims, correction: float, keepdim: bool) -> Any:
    """2 g (x − x̄) / (n − correction). Where that divides by nothing, g times NaN at the mean and ∞ elsewhere."""
    n = count(data_of(x).shape, dim) - correction
    g, centred = restored(g, dim, keepdim), x - mean(x, dim=dim, keepdim=True)
    if n > 0:
        return mul(g * 2, centred) / n
    ones = ones_like(centred)
    return mul(g, where(data_of(equal(centred, 0)), ones * float("nan"), ones * float("inf")))


var.derivative(x=_var_rule)


@op
def std(x: Array, *, dim: Dims, correction: float, keepdim: bool) -> Array:
    """y = √var. The gradient where y is 0 is 0."""
    return np.sqrt(var.kernel(opmath(x), dim=dim, correction=correction, keepdim=keepdim)).astype(
        x.real.dtype, copy=False
    )


def _std_rule(g: Any, x: Any, out: Any, dim: Dims, correction: float, keepdim: bool) -> Any:
    half = where(data_of(equal(out, 0)), zeros_like(out), div(g, out * 2))
    return _var_rule(half, x, dim, correction, keepdim)


std.derivative(x=_std_rule)


@op
def logsumexp(x: Array, *, dim: Dims, keepdim: bool) -> Array:
    """y = ln Σ eˣ, shifted by the maximum."""
    work = opmath(x)
    top = np.max(work, dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isinf(top), np.zeros((), work.dtype), top)
    y = np.log(np.sum(np.exp(work - top), dim, keepdims=True)) + top
    return np.asarray(y if keepdim else np.squeeze(y, dim)).astype(x.dtype, order="C", copy=False)


def _logsumexp_rule(g: Any, x: Any, out: Any, dim: Dims, keepdim: bool) -> Any:
    return mul(restored(g, dim, keepdim), exp(x - restored(out, dim, keepdim)))


logsumexp.derivative(x=_logsumexp_rule)


# Norms --------------------------------------------------------------------------------------------------


@op(node_name="LinalgVectorNormBackward0")
def norm(x: Array, *, p: float, dim: Dims, keepdim: bool) -> Array:
    """y = (Σ |x|ᵖ)^(1/p); max |x| for p = ∞, min |x| for −∞, the count of nonzeros for 0."""
    size = np.abs(opmath(x))
    return np.asarray(_norm_of(size, p, dim, keepdim)).astype(x.real.dtype, order="C", copy=False)


def _norm_of(size: Array, p: float, dim: Dims, keepdim: bool) -> Any:
    if p == 2:
        return np.sqrt(np.sum(size * size, dim, keepdims=keepdim))
    if p == 1:
        return np.sum(size, dim, keepdims=keepdim)
    if p == 0:
        return np.sum(size != 0, dim, keepdims=keepdim)
    if p == np.inf:
        return np.max(size, dim, keepdims=keepdim)
    if p == -np.inf:
        return np.min(size, dim, keepdims=keepdim)
    return np.power(np.sum(np.power(size, p), dim, keepdims=keepdim), 1 / p)


def _norm_rule(g: Any, x: Any, out: Any, p: float, dim: Dims, keepdim: bool) -> Any:
    """g sign(x) (|x| / y)ᵖ⁻¹, and 0 where y is 0. Ties of p = ±∞ share the gradient."""
    if p == 0:
        return None
    g, out = restored(g, dim, keepdim), restored(out, dim, keepdim)
    if p == 1:
        return mul(g, sgn(x))
    if p in (np.inf, -np.inf):
        chosen = data_of(equal(abs(x), out)) | (data_of(isnan(x)) & data_of(isnan(out)))
        ties = sum_over(chosen.astype(data_of(g).dtype), dim=dim, keepdim=True)
        return mul(sgn(x), where(chosen, div(g, ties), zeros_like(g)))
    if p < 1:
        flat = data_of(equal(x, 0))
        slope = where(flat, zeros_like(out), pow(where(flat, ones_like(out), abs(x)), p - 1))
        return mul(mul(mul(sgn(x), slope), g), pow(out, 1 - p))
    zero = data_of(equal(out, 0))
    if p == 2:
        return mul(g, where(zero, zeros_like(x), div(x, out)))
    scale = where(zero, zeros_like(out), div(g, pow(out, p - 1)))
    return mul(mul(x, pow(abs(x), p - 2)) if p > 2 else mul(sgn(x), pow(abs(x), p - 1)), scale)


norm.derivative(x=_norm_rule)


@op
def renorm(x: Array, *, p: float, dim: int, maxnorm: float) -> Array:
    """Each slice along dim times maxnorm / (its p-norm + 10⁻⁷), where the norm is larger than maxnorm."""
    return x * _shrinkage(x, p, dim, maxnorm)


def _others(x: Any, dim: int) -> Dims:
    return tuple(d for d in range(data_of(x).ndim) if d != dim)


def _shrinkage(x: Array, p: float, dim: int, maxnorm: float) -> Array:
    size = norm.kernel(opmath(x), p=p, dim=_others(x, dim), keepdim=True)
    one = np.ones((), size.dtype)
    shrunk = np.where(size > maxnorm, maxnorm / (size + size.dtype.type(1e-7)), one)
    return shrunk.astype(x.dtype) if is_half(x.dtype) else shrunk


def _renorm_rule(g: Any, x: Any, p: float, dim: int, maxnorm: float) -> Any:
    """y = s(|x|) x with s = m / (|x| + ε): dx = s g − s Re⟨g, x⟩ / (|x| + ε) ∂|x|; g itself where not shrunk."""
    over = _others(x, dim)
    size = norm(x, p=p, dim=over, keepdim=True)
    larger = data_of(size) > maxnorm
    scale = div(ones_like(size) * maxnorm, size + 1e-7)
    product = mul(conj(g), x)
    inner = sum_over(real(product) if is_complex(product) else product, dim=over, keepdim=True)
    back = mul(div(mul(inner, scale), size + 1e-7), -ones_like(size))
    through = _norm_rule(back, x, size, p, over, True)
    return where(larger, mul(g, scale) + through, g)


renorm.derivative(x=_renorm_rule)
