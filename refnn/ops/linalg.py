"""Products of vectors, matrices and batches of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _threads
from refnn.ops._half import half_in_float32
from refnn.ops._products import product
from refnn.ops.creation import conj, data_of
from refnn.ops.shape import expand, transpose, unsqueeze


@half_in_float32
def _matmul(x: Array, y: Array) -> Array:
    """x @ y."""
    if x.ndim == y.ndim == 2:
        return product(x, y)
    with _threads.one_owner():
        return np.matmul(x, y)


def adjoint(x: Any) -> Any:
    """xᴴ: the conjugate transpose of the last two dimensions."""
    return conj(transpose(x, dim0=-2, dim1=-1))


@op
def dot(x: Array, y: Array) -> Array:
    """z = Σ x_i y_i."""
    return np.asarray(_matmul(x, y))


@op
def mv(x: Array, y: Array) -> Array:
    """z_i = Σ_j x_ij y_j."""
    return _matmul(x, y)


@op
def mm(x: Array, y: Array) -> Array:
    """z_ik = Σ_j x_ij y_jk."""
    return _matmul(x, y)


@op
def bmm(x: Array, y: Array) -> Array:
    """z_…ik = Σ_j x_…ij y_…jk; leading dimensions broadcast."""
    return _matmul(x, y)


@op(node_name="MulBackward0")
def outer(x: Array, y: Array) -> Array:
    """z_ij = x_i y_j."""
    return np.multiply.outer(x, y)


dot.derivative(x=lambda g, y: g * conj(y), y=lambda g, x: g * conj(x))
mv.derivative(x=lambda g, y: outer(g, conj(y)), y=lambda g, x: mv(adjoint(x), g))
mm.derivative(x=lambda g, y: mm(g, adjoint(y)), y=lambda g, x: mm(adjoint(x), g))
bmm.derivative(x=lambda g, y: bmm(g, adjoint(y)), y=lambda g, x: bmm(adjoint(x), g))
outer.derivative(x=lambda g, y: mv(g, conj(y)), y=lambda g, x: mv(transpose(g, dim0=0, dim1=1), conj(x)))


@op
def vdot(x: Array, y: Array) -> Array:
    """z = Σ x̄_i y_i."""
    return np.asarray(_matmul(np.conj(x), y))


vdot.derivative(x=lambda g, y: conj(g) * y, y=lambda g, x: g * x)


@op(node_name="LinalgCrossBackward0", promote=True)
def cross(x: Array, y: Array, *, dim: int) -> Array:
    """z = x × y along a dimension of length 3."""
    return np.cross(x, y, axis=dim)


cross.derivative(x=lambda g, y, dim: cross(conj(y), g, dim=dim), y=lambda g, x, dim: cross(g, conj(x), dim=dim))


def _weighted(weight: Any, x: Any) -> Any:
    """weight · x. Integers and bools take a weight that was cut to one of them."""
    if weight == 1:
        return x
    if isinstance(x, np.ndarray) and x.dtype.kind == "V":  # beside which a Python float is a float32
        return x * np.asarray(weight, x.dtype)
    number = {"i": int, "u": int, "b": bool}.get(data_of(x).dtype.kind)
    return x * (weight if number is None else number(weight))


def _plus(bias: Array, product: Array, beta: Any, alpha: Any) -> Array:
    """β b + α p. A β of 0 ignores b, NaN included."""
    z = _weighted(alpha, product)
    return z if beta == 0 else z + _weighted(beta, bias)


@op
@half_in_float32
def addmm(bias: Array, x: Array, y: Array, *, beta: float, alpha: float) -> Array:
    """z = β b + α x y, of matrices or of batches of them. A β of 0 ignores b, NaN included."""
    return _plus(bias, _matmul(x, y), beta, alpha)


addmm.derivative(
    bias=lambda g, beta: _weighted(beta, g),
    x=lambda g, y, alpha: _weighted(alpha, bmm(g, adjoint(y))),
    y=lambda g, x, alpha: _weighted(alpha, bmm(adjoint(x), g)),
)
baddbmm = addmm.renamed("BaddbmmBackward0")


@op
@half_in_float32
def addbmm(bias: Array, x: Array, y: Array, *, beta: float, alpha: float) -> Array:
    """z = β b + α Σ_k x_k y_k, over the matrices of two batches."""
    if not len(x):
        return _plus(bias, np.zeros((x.shape[1], y.shape[2]), x.dtype), beta, 0)
    z = _plus(bias, _matmul(x[0], y[0]), beta, alpha)
    for k in range(1, len(x)):
        z = _plus(z, _matmul(x[k], y[k]), 1, alpha)
    return z


addbmm.derivative(
    bias=lambda g, beta: _weighted(beta, g),
    x=lambda g, y, alpha: _weighted(alpha, bmm(g, adjoint(y))),
    y=lambda g, x, alpha: _weighted(alpha, bmm(adjoint(x), g)),
)


@op
@half_in_float32
def addmv(bias: Array, x: Array, y: Array, *, beta: float, alpha: float) -> Array:
    """z = β b + α x y, of a matrix and a vector."""
    return _plus(bias, _matmul(x, y), beta, alpha)


addmv.derivative(
    bias=lambda g, beta: _weighted(beta, g),
    x=lambda g, y, alpha: _weighted(alpha, outer(g, conj(y))),
    y=lambda g, x, alpha: _weighted(alpha, mv(adjoint(x), g)),
)


@op
def addr(bias: Array, x: Array, y: Array, *, beta: float, alpha: float) -> Array:
    """z = β b + α x yᵀ, of two vectors; torch multiplies by α first, which may overflow."""
    return _plus(bias, np.multiply.outer(_weighted(alpha, x), y), beta, 1)


addr.derivative(
    bias=lambda g, beta: _weighted(beta, g),
    x=lambda g, y, alpha: _weighted(alpha, mv(g, conj(y))),
    y=lambda g, x, alpha: _weighted(alpha, mv(transpose(g, dim0=0, dim1=1), conj(x))),
)


@op(node_name="BmmBackward0")
@half_in_float32
def einsum(*xs: Array, inputs: tuple[str, ...], output: str) -> Array:
    """z = Σ ∏ x over the letters that the output lacks. No letter stands twice in one operand."""
    return np.einsum(f"{','.join(inputs)}->{output}", *xs, optimize=len(xs) > 1)


def _einsum_rule(g: Any, xs: tuple[Any, ...], needs: Any, inputs: tuple[str, ...], output: str) -> list[Any]:
    return [_operand_gradient(g, xs, inputs, output, k) if needed else None for k, needed in enumerate(needs)]


def _operand_gradient(g: Any, xs: tuple[Any, ...], inputs: tuple[str, ...], output: str, which: int) -> Any:
    """g contracted with the other operands, spread over the letters that only this operand has.

    Where this operand has length 1 and others more, it met all of theirs: the sum over them is its gradient.
    """
    shape = data_of(xs[which]).shape
    others = tuple(conj(x) for k, x in enumerate(xs) if k != which)
    names = tuple(s for k, s in enumerate(inputs) if k != which)
    summed = {c for c, n in zip(inputs[which], shape, strict=True) if n == 1}
    present = set(output).union(*names) - summed
    kept = "".join(c for c in inputs[which] if c in present)
    part = einsum(g, *others, inputs=(output, *names), output=kept)
    for d, letter in enumerate(inputs[which]):
        if letter not in present:
            part = unsqueeze(part, dim=d)
    return expand(part, shape=shape)


einsum.joint_derivative(_einsum_rule)

dot.refuses("dot", "bU")
mm.refuses("addmm_impl_cpu_", "bU")
mv.refuses("addmv_impl_cpu", "bU")
bmm.refuses("bmm", "bU")
addmm.refuses("addmm_impl_cpu_", "U")
cross.refuses("cross", "bU")
