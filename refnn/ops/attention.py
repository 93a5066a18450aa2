"""Scaled dot-product attention: queries (B, H, L, E) look up values (B, H, S, V) by keys (B, H, S, E).

For each of the B · H heads: P = softmax(scale · Q Kᵀ + M), Y = (P ∘ N) V, with a mask M to add and noise N of
dropout. Scores are the large arrays, so a few heads at a time are computed in one buffer that stays in the cache,
in place. Rows are not normalised there: with e = exp(scores − shift) and r = 1 / Σ e, P = r e, and the smaller
arrays Y and dY are multiplied by r instead.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.op import Array, op
from refnn.ops import _threads, _workspace
from refnn.ops._half import opmath
from refnn.ops._recurrence import second_derivative
from refnn.ops.comparison import where
from refnn.ops.creation import data_of, zeros_like
from refnn.ops.linalg import bmm
from refnn.ops.pointwise import add, mul
from refnn.ops.reduction import sum_to
from refnn.ops.shape import transpose
from refnn.ops.softmax import softmax

Block = tuple[slice, slice]

_SCORES = 1 << 17  # at a time: 512 KB of float32, which the second-level cache holds
_SAFE = 40.0  # scores no larger than this need no shift: exp neither overflows nor vanishes


def causal_bias(n: int, m: int, dtype: Any) -> Array:
    """(L, S): 0 up to the diagonal, −∞ after it."""
    return np.where(np.tri(n, m, dtype=np.bool_), np.zeros((), dtype), np.asarray(-np.inf, dtype))


def _blocks(q: Array, k: Array) -> list[Block]:
    """Parts of the heads whose scores fit into the cache."""
    b, h, n, _ = q.shape
    heads = max(1, _SCORES // max(1, n * k.shape[2]))
    if heads >= h:
        step = max(1, heads // max(1, h))
        return [(slice(i, i + step), slice(0, h)) for i in range(0, b, step)]
    return [(slice(i, i + 1), slice(j, j + heads)) for i, j in itertools.product(range(b), range(0, h, heads))]


def _time(q: Array, k: Array, products: int) -> float:
    """µs in one thread."""
    scores = q.size // max(1, q.shape[3]) * k.shape[2]
    return scores * (1e-3 + products * q.shape[3] * 3e-5)


def _bias(bias: Array | None, q: Array, k: Array) -> tuple[Array | None, bool]:
    """(what is added to all scores, whether it is made of 0 and −∞)."""
    if bias is None:
        return None, True
    only = bool(np.logical_or(bias == 0, bias == -np.inf).all())
    return np.broadcast_to(bias, (*q.shape[:3], k.shape[2])), only


def _largest_norm(x: Array) -> float:
    return float(np.sqrt(np.vecdot(x, x).max(initial=0)))


def _exponentials(s: Array, safe: bool) -> Array:
    """s ← exp(s − its row's maximum), and 1 / the rows' sums. A row of −∞ alone becomes 0. `safe`: no shift."""
    if not safe and s.shape[-1]:
        top = np.maximum.reduce(s, -1, keepdims=True)
        np.copyto(top, 0, where=np.isneginf(top))
        s -= top
    np.exp(s, out=s)
    total = np.matmul(s, np.ones((s.shape[-1], 1), s.dtype))
    np.copyto(total, 1, where=total == 0)
    return np.divide(1, total, out=total)


@op(node_name="ScaledDotProductFlashAttentionForCpuBackward0", results=("y", "e", "r"))
def scaled_dot_product_attention(
    q: Array,
    k: Array,
    v: Array,
    bias: Array | None,
    noise: Array | None,
    *,
    scale: float,
    keep: bool,
    joined: bool,
) -> tuple[Array, Array, Array]:
    """(Y (B, H, L, V), e (B, H, L, S), r (B, H, L, 1)); without `keep`, which a backward pass needs, e is empty.
    With `joined` Y lies in memory as (B, L, H, V).

    M is the bias, which broadcasts to (B, H, L, S). A row whose scores are all −∞ gives 0.
    """
    dtype = q.dtype
    q, k, v, bias, noise = map(opmath, (q, k, v, bias, noise))
    shape = (*q.shape[:3], k.shape[2])
    added, only = _bias(bias, q, k)
    b, h, n, width = *q.shape[:3], v.shape[3]
    # Of queries and values of one size torch's kernel lays out (B, L, H, V): joining the heads then takes no copy.
    y = _workspace.lend((b, n, h, width) if joined else (b, h, n, width), q.dtype)
    y = y.swapaxes(1, 2) if joined else y
    e = _workspace.lend(shape, q.dtype) if keep else np.empty((0,), q.dtype)
    r = np.empty((*q.shape[:3], 1), q.dtype)

    def heads(part: Sequence[Block]) -> None:
        for at in part:
            queries, keys = np.multiply(q[at], np.asarray(scale, q.dtype)), k[at]
            size = (*queries.shape[:3], shape[3])
            s = np.matmul(
                queries, keys.swapaxes(-1, -2), out=e[at] if keep else _workspace.empty(size, q.dtype, "sdpa")
            )
            if added is not None:
                s += added[at]
            r[at] = _exponentials(s, only and _largest_norm(queries) * _largest_norm(keys) < _SAFE)
            np.matmul(s if noise is None else s * noise[at], v[at], out=y[at])
            y[at] *= r[at]

    _threads.deal(_blocks(q, k), heads, _time(q, k, 2))
    return y.astype(dtype, copy=False), e, r


@op(node_name="NotImplemented")
def scaled_dot_product_attention_backward(
    gy: Array,
    q: Array,
    k: Array,
    v: Array,
    bias: Array | None,
    noise: Array | None,
    e: Array,
    r: Array,
    *,
    scale: float,
    wanted: tuple[bool, ...],
) -> tuple[Array, ...]:
    """The gradients of q, k, v, bias that are wanted, with G = r dY:

    dV = (e ∘ N)ᵀ G; dS = e ∘ (D − Σ P ∘ D) with D = G Vᵀ ∘ N; dQ = scale · dS K; dK = scale · dSᵀ Q; dM = dS.
    """
    dtype = gy.dtype
    gy, q, k, v, noise = map(opmath, (gy, q, k, v, noise))
    dq, dk, dv = (
        _workspace.lend(x.shape, x.dtype) if want else None for x, want in zip((q, k, v), wanted[:3], strict=True)
    )
    ds_all = _workspace.lend(e.shape, e.dtype) if wanted[3] else None
    factor = np.asarray(scale, q.dtype)

    def heads(part: Sequence[Block]) -> None:
        for at in part:
            weights, shared = e[at], gy[at] * r[at]
            if dv is not None:
                kept = weights if noise is None else weights * noise[at]
                np.matmul(kept.swapaxes(-1, -2), shared, out=dv[at])
            if dq is None and dk is None and ds_all is None:
                continue
            out = ds_all[at] if ds_all is not None else _workspace.empty(weights.shape, e.dtype, "sdpa")
            ds = np.matmul(shared, v[at].swapaxes(-1, -2), out=out)
            if noise is not None:
                ds *= noise[at]
            ds -= np.vecdot(ds, weights)[..., None] * r[at]
            ds *= weights
            if dq is not None:
                np.matmul(ds, k[at] * factor, out=dq[at])
            if dk is not None:
                np.matmul(ds.swapaxes(-1, -2), q[at] * factor, out=dk[at])

    _threads.deal(_blocks(q, k), heads, _time(q, k, 4))
    dm = None if ds_all is None else sum_to.kernel(ds_all, shape=bias.shape)  # type: ignore[union-attr]
    return tuple(x.astype(dtype, copy=False) for x in (dq, dk, dv, dm) if x is not None)


def composed(q: Any, k: Any, v: Any, bias: Any, noise: Any, scale: float) -> Any:
    """Y out of elementary ops: what the backward pass's own derivative is taken of."""
    scores = mul(bmm(q, transpose(k, dim0=-2, dim1=-1)), scale)
    scores = scores if bias is None else add(scores, bias)
    dead = (data_of(scores) == -inf).all(-1, keepdims=True)
    p = softmax(where(dead, zeros_like(scores), scores), dim=3)
    p = where(dead, zeros_like(p), p)
    if noise is not None:
        p = mul(p, noise if isinstance(noise, TensorBase) else wrap(noise))
    return bmm(p, v)


def _rule(
    g: Any, q: Any, k: Any, v: Any, bias: Any, noise: Any, e: Any, r: Any, needs: Any, scale: float
) -> tuple[Any, ...]:
    wanted = tuple(needs[:4])
    found = iter(scaled_dot_product_attention_backward(g[0], q, k, v, bias, noise, e, r, scale=scale, wanted=wanted))
    return (*(next(found) if want else None for want in wanted), None)


def _second_rule(
    g: Any,
    gy: Any,
    q: Any,
    k: Any,
    v: Any,
    bias: Any,
    noise: Any,
    needs: Any,
    scale: float,
    wanted: tuple[bool, ...],
) -> list[Any]:
    """By the ops of `composed`. e and r are functions of the others, and get nothing."""

    def forward(q: Any, k: Any, v: Any, bias: Any) -> tuple[Any]:
        return (composed(q, k, v, bias, noise, scale),)

    found = second_derivative(forward, (gy,), (q, k, v, bias), wanted, g, needs[:5])
    return [*found, None, None, None]


scaled_dot_product_attention.joint_derivative(_rule)
scaled_dot_product_attention_backward.joint_derivative(_second_rule)
