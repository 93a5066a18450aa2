"""The nuclear norm of matrices, its derivative the orthogonal factor, and of that the Lyapunov equation.

Every rule here is made of these three ops and products of matrices, so derivatives of any order follow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.creation import data_of
from refnn.ops.linalg import adjoint, bmm
from refnn.ops.pointwise import mul
from refnn.ops.reduction import restored
from refnn.ops.shape import permute


def _order(ndim: int, dim: tuple[int, int]) -> tuple[int, ...]:
    """The dimensions with the two of the matrix last."""
    return (*(d for d in range(ndim) if d not in dim), *dim)


@op(node_name="SumBackward1")
def nuclear_norm(x: Array, *, dim: tuple[int, int], keepdim: bool) -> Array:
    """y = Σ σ_i, the singular values of x's matrices over two dimensions."""
    values = np.linalg.svd(x.transpose(_order(x.ndim, dim)), compute_uv=False)
    y = np.asarray(np.sum(values, -1))
    return np.expand_dims(y, tuple(sorted(dim))) if keepdim else y


def _nuclear_rule(g: Any, x: Any, dim: tuple[int, int], keepdim: bool) -> Any:
    order = _order(data_of(x).ndim, dim)
    factor = orthogonal_factor(permute(x, dims=order))
    back = tuple(sorted(range(len(order)), key=order.__getitem__))
    return mul(restored(g, tuple(sorted(dim)), keepdim), permute(factor, dims=back))


nuclear_norm.derivative(x=_nuclear_rule)


@op
def orthogonal_factor(x: Array) -> Array:
    """W = U Vᴴ for x = U Σ Vᴴ: the factor of the polar decomposition x = W P. Matrices are the last two dimensions."""
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return np.matmul(u, vh)


@op
def lyapunov(c: Array, p: Array) -> Array:
    """Ω of Ω P + P Ω = C: in the eigenvectors of P's Hermitian part, Ω_ij = C_ij / (λ_i + λ_j)."""
    values, vectors = np.linalg.eigh((p + adjoint(p)) / 2)
    back = adjoint(vectors)
    inner = np.matmul(back, np.matmul(c, vectors)) / (values[..., :, None] + values[..., None, :])
    return np.matmul(vectors, np.matmul(inner, back)).astype(c.dtype, copy=False)


def _factor_rule(g: Any, x: Any, out: Any) -> Any:
    """dx = W Ω + (g − W Wᴴ g) P⁻¹ with P = Wᴴ x and Ω P + P Ω = Wᴴ g − gᴴ W, for tall x; P⁻¹ is half of I's Ω."""
    rows, columns = data_of(x).shape[-2:]
    if rows < columns:
        return adjoint(_factor_rule(adjoint(g), adjoint(x), adjoint(out)))
    turned = adjoint(out)
    p, inner = bmm(turned, x), bmm(turned, g)
    dx = bmm(out, lyapunov(inner - adjoint(inner), p))
    if rows == columns:
        return dx
    halved = lyapunov(np.eye(columns, dtype=data_of(x).dtype), p)
    return dx + bmm(g - bmm(out, inner), halved * 2)


def _lyapunov_p(g: Any, out: Any, p: Any) -> Any:
    """P's gradient: the Hermitian part of −(Y Ωᴴ + Ωᴴ Y) with Y P + P Y = g."""
    y, turned = lyapunov(g, p), adjoint(out)
    slope = bmm(y, turned) + bmm(turned, y)
    return (slope + adjoint(slope)) * -0.5


orthogonal_factor.derivative(x=_factor_rule)
lyapunov.derivative(c=lambda g, p: lyapunov(g, p), p=_lyapunov_p)
