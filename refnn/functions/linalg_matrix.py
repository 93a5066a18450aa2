"""Functions of whole matrices: torch.linalg.solve, torch.matrix_exp, torch.linalg.householder_product, …"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import Array
from refnn.dtypes import from_numpy, not_implemented
from refnn.functions._broadcast import common_shape
from refnn.functions._checks import tensor_argument
from refnn.functions._out import exact
from refnn.functions._return_types import named
from refnn.ops import linalg_matrix as ops

__all__ = [
    "LinAlgError",
    "geqrf",
    "householder_product",
    "linalg_matrix_exp",
    "matrix_exp",
    "orgqr",
    "pinverse",
    "solve",
]


class _LinAlgError(RuntimeError):
    """Raised where a matrix is singular.

    Source: torch.linalg.LinAlgError.
    """


LinAlgError = _LinAlgError


def _floating(function: str, x: Any) -> None:
    if x._data.dtype.kind not in "fcV":
        raise RuntimeError(f"{function}: Expected a floating point or complex tensor as input. Got {x.dtype.title}")


def _full_precision(kernel: str, x: Any) -> None:
    """Raise NotImplementedError for what LAPACK has no routine for."""
    if x._data.dtype.kind not in "fc" or x._data.dtype.itemsize < 4:
        raise not_implemented(kernel, x.dtype)


def _square(function: str, x: Any, name: str = "A") -> None:
    shape = x._data.shape
    if len(shape) < 2:
        raise RuntimeError(f"{function}: The input tensor {name} must have at least 2 dimensions.")
    if shape[-1] != shape[-2]:
        raise RuntimeError(
            f"{function}: {name} must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices"
        )


# Equations ------------------------------------------------------------------------------------------------


def _check_solve(A: Any, B: Any, left: bool) -> bool:
    """Whether B holds vectors rather than matrices."""
    _floating("linalg.solve", A)
    _square("linalg.solve", A)
    a, b = A._data.shape, B._data.shape
    if A._data.dtype != B._data.dtype:
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {A.dtype.title} and B of type "
            f"{B.dtype.title} instead"
        )
    vector = len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])
    if vector and not left and a[-1] == 1:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case "
            "linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    columns = (*b, 1) if vector else b
    if len(columns) < 2:
        raise RuntimeError("linalg.solve: The input tensor B must have at least 2 dimensions.")
    if a[-2] != columns[-2 if left else -1]:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({a[-2]}x{a[-1]} and {columns[-2]}x{columns[-1]})"
        )
    common_shape(columns[:-2], a[:-2])
    _full_precision("lu_cpu", A)
    return vector


def solve(A: Any, B: Any, *, left: bool = True, out: Any = None) -> Any:
    """X of A X = B, or of X A = B unless `left`: A (*, n, n), B (*, n, k), (n) or (*, n); batches broadcast.

    Raises RuntimeError for shapes that do not fit, and for integers, LinAlgError for a singular matrix.

    Source: torch.linalg.solve.
    """
    tensor_argument("linalg_solve", "A", 1, A)
    tensor_argument("linalg_solve", "B", 2, B)
    vector = _check_solve(A, B, left)
    try:
        result = ops.solve(A, B, vector=vector, left=left)
    except np.linalg.LinAlgError:
        raise _singular(A._data) from None
    return exact(out, result, A, B)


def _singular(matrices: Array) -> LinAlgError:
    """The error that names the first singular matrix of a batch."""
    where = ""
    if matrices.ndim > 2:
        determinants = np.linalg.det(matrices.reshape(-1, *matrices.shape[-2:]))
        where = f"(Batch element {int(np.argmax(determinants == 0))}): "
    return LinAlgError(f"torch.linalg.solve: {where}The solver failed because the input matrix is singular.")


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """The pseudoinverse of (*, m, n): (*, n, m). Singular values up to rcond times the largest count as 0.

    Raises RuntimeError for fewer than two dimensions, for integers and for half precision.

    Source: torch.pinverse.
    """
    tensor_argument("pinverse", "input", 1, input)
    data = input._data
    if data.ndim < 2 or data.dtype.kind not in "fc" or data.dtype.itemsize < 4:
        raise RuntimeError(
            f"linalg.pinv({input.dtype.title}{{{list(data.shape)}}}): expected a tensor with 2 or more dimensions of "
            "float, double, cfloat or cdouble types"
        )
    return ops.pinverse(input, rcond=float(rcond))


# The exponential ------------------------------------------------------------------------------------------


def matrix_exp(input: Any) -> Any:
    """e^X = Σ Xᵏ / k! of (*, n, n). All NaN for a matrix with an element that is infinite or NaN.

    Raises RuntimeError for matrices that are not square, and for integers.

    Source: torch.matrix_exp.
    """
    tensor_argument("matrix_exp", "input", 1, input)
    return _matrix_exp(input)


def linalg_matrix_exp(input: Any) -> Any:
    """matrix_exp. Source: torch.linalg.matrix_exp."""
    tensor_argument("linalg_matrix_exp", "input", 1, input)
    return _matrix_exp(input)


def _matrix_exp(x: Any) -> Any:
    _square("linalg.matrix_exp", x)
    _floating("linalg.matrix_exp", x)
    return ops.matrix_exp(x)


# Householder reflectors -----------------------------------------------------------------------------------


def geqrf(input: Any, *, out: Any = None) -> Any:
    """(a, tau) of X = Q R: R is a's upper triangle; `householder_product` makes Q of the rest. Not differentiable.

    Raises RuntimeError for fewer than two dimensions, NotImplementedError for integers and half precision.

    Source: torch.geqrf.
    """
    tensor_argument("geqrf", "input", 1, input)
    if input._data.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    _full_precision("geqrf_cpu", input)
    return exact(out, named("geqrf", ops.geqrf(input)), input)


_PRODUCT = "torch.linalg.householder_product: "


def _check_product(a: Any, tau: Any) -> None:
    shape, factors = a._data.shape, tau._data.shape
    if len(shape) < 2:
        raise RuntimeError(_PRODUCT + "input must have at least 2 dimensions.")
    if shape[-2] < shape[-1]:
        raise RuntimeError(_PRODUCT + "input.shape[-2] must be greater than or equal to input.shape[-1]")
    if not factors:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    if shape[-1] < factors[-1]:
        raise RuntimeError(_PRODUCT + "input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if len(shape) - len(factors) != 1:
        raise RuntimeError(
            f"{_PRODUCT}Expected tau to have one dimension less than input, but got tau.ndim equal to {len(factors)} "
            f"and input.ndim is equal to {len(shape)}"
        )
    if shape[:-2] != factors[:-1]:
        raise RuntimeError(
            f"{_PRODUCT}Expected batch dimensions of tau to be equal to input.shape[:-2], but got {list(factors[:-1])}"
        )
    if a._data.dtype != tau._data.dtype:
        kinds = (from_numpy(x._data.dtype).title for x in (tau, a))
        raise RuntimeError("{}tau dtype {} does not match input dtype {}".format(_PRODUCT, *kinds))
    _full_precision("orgqr_cpu", a)


def householder_product(A: Any, tau: Any, *, out: Any = None) -> Any:
    """The first n columns of ∏ (I − τ_i v_i v_iᴴ): A (*, m, n) holds v_i below its diagonal, τ is (*, k), k ≤ n ≤ m.

    Raises RuntimeError for shapes or dtypes that do not fit, NotImplementedError for integers and half precision.

    Source: torch.linalg.householder_product.
    """
    return _product("linalg_householder_product", ("input", "tau"), A, tau, out)


def orgqr(input: Any, input2: Any, *, out: Any = None) -> Any:
    """householder_product. Source: torch.orgqr."""
    return _product("orgqr", ("input", "input2"), input, input2, out)


def _product(function: str, names: tuple[str, str], a: Any, tau: Any, out: Any) -> Any:
    tensor_argument(function, names[0], 1, a)
    tensor_argument(function, names[1], 2, tau)
    _check_product(a, tau)
    return exact(out, ops.householder_product(a, tau), a, tau)
