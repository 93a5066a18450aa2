"""Functions of whole matrices: the solution of equations, the exponential, Householder reflectors.

Matrices are the last two dimensions; those before are batches. Kernels compute in double precision.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._undifferentiable import lacks_derivative
from refnn.ops.creation import conj, data_of
from refnn.ops.joining import cat
from refnn.ops.linalg import adjoint, bmm
from refnn.ops.pointwise import add
from refnn.ops.rearranging import tril, triu
from refnn.ops.shape import diagonal, slice, slice_backward, unsqueeze


def _wide(x: Array) -> Array:
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)


def _part(x: Any, dim: int, stop: int) -> Any:
    """x[:stop] along a dimension that is counted from the end."""
    d = data_of(x).ndim + dim
    return slice(x, dim=d, start=0, stop=stop, step=1)


# Equations ------------------------------------------------------------------------------------------------


@op(node_name="LinalgSolveExBackward0")
def solve(a: Array, b: Array, *, vector: bool, left: bool) -> Array:
    """X of A X = B, or of X A = B unless `left`. With `vector`, B's last dimension alone is a vector each."""
    if vector:
        return np.linalg.solve(a, b[..., None])[..., 0]
    if left:
        return np.linalg.solve(a, b)
    turned = np.linalg.solve(np.swapaxes(a, -1, -2), np.swapaxes(b, -1, -2))
    return np.swapaxes(turned, -1, -2)


@solve.joint_derivative
def _solve_rule(g: Any, a: Any, out: Any, needs: Any, vector: bool, left: bool) -> tuple[Any, Any]:
    """dB = A⁻ᴴ g and dA = −dB Xᴴ, or dA = −Xᴴ dB from the right."""
    to_b = solve(adjoint(a), g, vector=vector, left=left)
    if not needs[0]:
        return None, to_b
    if vector:
        return -(unsqueeze(to_b, dim=-1) * conj(unsqueeze(out, dim=-2))), to_b
    return -(bmm(to_b, adjoint(out)) if left else bmm(adjoint(out), to_b)), to_b


@op(node_name="LinalgPinvBackward0")
def pinverse(x: Array, *, rcond: float) -> Array:
    """The pseudoinverse X⁺: singular values up to rcond times the largest count as 0."""
    return np.linalg.pinv(x, rcond).astype(x.dtype, copy=False)


def _pinverse_rule(g: Any, x: Any, out: Any) -> Any:
    """−Pᴴ g Pᴴ + (I − X P) gᴴ P Pᴴ + Pᴴ P gᴴ (I − P X)."""
    turned, up = adjoint(out), adjoint(g)
    through = bmm(turned, bmm(g, turned))
    beyond = bmm(up, bmm(out, turned))
    before = bmm(turned, bmm(out, up))
    beyond = beyond - bmm(x, bmm(out, beyond))
    return beyond + (before - bmm(bmm(before, out), x)) - through


pinverse.derivative(x=_pinverse_rule)


# The exponential ------------------------------------------------------------------------------------------

# Numerator of the Padé approximant of degree 13, constant term first, and the norm up to which it is exact.
_PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
    10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
_REACH = 5.371920351148152


@op(node_name="LinalgMatrixExpBackward0")
def matrix_exp(x: Array) -> Array:
    """e^X = Σ Xᵏ / k!, by scaling and squaring. All NaN where an element is infinite or NaN.

    Source: Higham, 2005.
    """
    if not x.size:
        return x.copy()
    wide = _wide(x)
    finite = np.isfinite(wide).all((-2, -1), keepdims=True)
    wide = np.where(finite, wide, 0)
    size = np.abs(wide).sum(-2, keepdims=True).max(-1, keepdims=True)
    halvings = np.ceil(np.log2(np.maximum(size / _REACH, 1))).astype(np.int64)
    y = _pade(wide * np.exp2(-halvings))
    for k in range(int(halvings.max())):
        y = np.where(k < halvings, np.matmul(y, y), y)
    return np.where(finite, y, np.nan).astype(x.dtype)


def _pade(x: Array) -> Array:
    """p(X) / p(−X), the odd powers of p being u and the even ones v."""
    eye = np.eye(x.shape[-1], dtype=x.dtype)
    x2 = np.matmul(x, x)
    x4 = np.matmul(x2, x2)
    x6 = np.matmul(x2, x4)
    odd, even = _PADE[1::2], _PADE[::2]

    def polynomial(c: tuple[float, ...], high: Array | None = None) -> Array:
        low = c[3] * x6 + c[2] * x4 + c[1] * x2 + c[0] * eye
        return low if high is None else np.matmul(x6, high) + low

    u = np.matmul(x, polynomial(odd, odd[6] * x6 + odd[5] * x4 + odd[4] * x2))
    v = polynomial(even, even[6] * x6 + even[5] * x4 + even[4] * x2)
    return np.linalg.solve(v - u, v + u)


def _exp_rule(g: Any, x: Any) -> Any:
    """The upper right block of exp [[Xᴴ, g], [0, Xᴴ]]."""
    data = data_of(x)
    n, rows = data.shape[-1], data.ndim - 2
    turned = adjoint(x)
    upper = cat(turned, g, dim=rows + 1)
    lower = cat(np.zeros(data.shape, data.dtype), turned, dim=rows + 1)
    both = _part(matrix_exp(cat(upper, lower, dim=rows)), -2, n)
    return slice(both, dim=rows + 1, start=n, stop=2 * n, step=1)


matrix_exp.derivative(x=_exp_rule)


# Householder reflectors -----------------------------------------------------------------------------------


@op
def geqrf(x: Array) -> tuple[Array, Array]:
    """(a, τ) of X = Q R: R is a's upper triangle, Q the product of the reflectors below it, with factors τ."""
    if not x.size:
        return x.copy(), np.zeros((*x.shape[:-2], min(x.shape[-2:])), x.dtype)
    a, tau = np.linalg.qr(x, mode="raw")
    return np.swapaxes(a, -1, -2).astype(x.dtype, copy=False), tau.astype(x.dtype, copy=False)


lacks_derivative(geqrf, listed=True)


@op(node_name="LinalgHouseholderProductBackward0")
def householder_product(a: Array, tau: Array) -> Array:
    """The first n columns of (I − τ_1 v_1 v_1ᴴ) … (I − τ_k v_k v_kᴴ) for a (m, n) and τ (k).

    v_i is a's i-th column below the diagonal, with 1 on it and 0 above. The product is I − V T Vᴴ with
    T = D (I + S D)⁻¹, D = diag τ, and S the part of Vᴴ V above its diagonal.

    Source: Schreiber and Van Loan, 1989.
    """
    (m, n), k = a.shape[-2:], tau.shape[-1]
    v = np.tril(_wide(a[..., :k]), -1) + np.eye(m, k)
    scale = _wide(tau)[..., None, :]
    above = np.triu(np.matmul(adjoint(v), v), 1)
    t = np.swapaxes(scale, -1, -2) * np.linalg.inv(np.eye(k) + above * scale)
    q = np.eye(m, n) - np.matmul(v, np.matmul(t, adjoint(v[..., :n, :])))
    return np.swapaxes(np.ascontiguousarray(np.swapaxes(q, -1, -2)), -1, -2).astype(a.dtype)


@householder_product.joint_derivative
def _householder_rule(g: Any, a: Any, tau: Any, needs: Any) -> tuple[Any, Any]:
    """Through Q = I − V T Vₙᴴ: dV, and by way of dT and dS, dτ."""
    (m, n), k = data_of(a).shape[-2:], data_of(tau).shape[-1]
    if not data_of(tau).size:
        return None, None
    dtype = data_of(a).dtype
    v = add(tril(_part(a, -1, k), diagonal=-1), np.eye(m, k, dtype=dtype))
    top = _part(v, -2, n)
    above = triu(bmm(adjoint(v), v), diagonal=1)
    eye = np.eye(k, dtype=dtype)
    inverse = solve(add(above * unsqueeze(tau, dim=-2), eye), eye, vector=False, left=True)
    t = unsqueeze(tau, dim=-1) * inverse
    to_t = -bmm(adjoint(v), bmm(g, top))
    inner = bmm(to_t, adjoint(inverse))
    to_tau = diagonal(inner - bmm(adjoint(bmm(t, above)), inner), offset=0, dim1=-2, dim2=-1)
    if not needs[0]:
        return None, to_tau
    to_above = triu(-bmm(adjoint(t), bmm(to_t, adjoint(t))), diagonal=1)
    to_v = bmm(v, to_above + adjoint(to_above)) - bmm(bmm(g, top), adjoint(t))
    rows = data_of(a).ndim - 2
    shape = (*data_of(a).shape[:-1], k)
    to_v = to_v - slice_backward(bmm(adjoint(g), bmm(v, t)), shape=shape, dim=rows, start=0, stop=n, step=1)
    below = tril(to_v, diagonal=-1)
    return slice_backward(below, shape=data_of(a).shape, dim=rows + 1, start=0, stop=k, step=1), to_tau
