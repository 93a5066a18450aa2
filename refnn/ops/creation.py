"""Copies and constants: cast, clone, contiguous, conj, and the constants that rules need."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.once import DISCARDS_IMAGINARY, warn_once
from refnn.autograd.op import Array, op


@op(node_name="ToCopyBackward0")
def cast(x: Array, *, dtype: Any) -> Array:
    """y = x in another dtype, always a new array. Complex to real keeps the real part, and warns."""
    return _real_if_asked(x, np.dtype(dtype)).astype(dtype)


def _real_if_asked(x: Array, dtype: np.dtype[Any]) -> Array:
    """The real part of complex numbers that are to become real ones; of a truth value both parts count."""
    if x.dtype.kind != "c" or dtype.kind in "cb":
        return x
    warn_once(DISCARDS_IMAGINARY, 6)
    return x.real


cast.derivative(x=lambda g: g)  # the engine casts a gradient to its input's dtype


@op
def clone(x: Array, *, order: str = "K") -> Array:
    """y = x in memory of its own; order as in np.copy."""
    return np.array(x, order=order, copy=True)  # type: ignore[call-overload]


clone.derivative(x=lambda g: g)
kept = clone.renamed(
    "torch::autograd::CopyBackwards"
)  # a gradient that a leaf keeps, of a pass that can be differentiated


@op(node_name="ConjBackward0")
def conj_physical(x: Array) -> Array:
    """y = x̄."""
    return np.conj(x)


conj_physical.derivative(x=lambda g: conj(g))


def data_of(x: Any) -> Any:
    """The array of a tensor; anything else as it is."""
    return x._data if isinstance(x, TensorBase) else x


def is_complex(x: Any) -> bool:
    data = data_of(x)
    return isinstance(data, complex) or (hasattr(data, "dtype") and data.dtype.kind == "c")


def conj(x: Any) -> Any:
    """x̄, and x itself where it is real: rules of holomorphic functions multiply by it."""
    if type(x) is np.ndarray:
        return x if x.dtype.kind != "c" else np.conj(x)
    return conj_physical(x) if is_complex(x) else x


def zeros_like(x: Any) -> Array:
    """Zeros of x's shape and dtype: a constant, for rules."""
    data = data_of(x)
    return np.zeros(np.shape(data), np.asarray(data).dtype)


def no_slope(g: Any) -> Array:
    """The rule for an argument that only chooses among straight pieces: 0, and not None, since it was used."""
    return zeros_like(g)


@op(node_name=lambda meta: meta["name"])
def without_slope(y: Array, x: Array, *, name: str) -> Array:
    """y as a function of x too, on which it does not depend."""
    return y


without_slope.derivative(y=lambda g: g, x=no_slope)


def always(meta: dict[str, Any]) -> bool:
    """For `flat`: torch's derivative of every call asks for the input, so that its own derivative is 0 and not None."""
    return True


def ones_like(x: Any) -> Array:
    """Ones of x's shape and dtype: a constant, for rules."""
    data = data_of(x)
    return np.ones(np.shape(data), np.asarray(data).dtype)


def zeros(shape: tuple[int, ...], like: Any) -> Array:
    """Zeros of a shape, in the dtype of `like`: a constant, for rules."""
    return np.zeros(shape, np.asarray(data_of(like)).dtype)


@op(node_name="torch::autograd::CopyBackwards")
def copy_values(x: Array, source: Array) -> Array:
    """y = source, in x's shape and dtype. What copy_ records."""
    return np.broadcast_to(_real_if_asked(source, x.dtype), x.shape).astype(x.dtype)


copy_values.derivative(x=lambda g: zeros_like(g), source=lambda g: g)


@op(node_name="FillBackward2")
def fill_values(x: Array, *, value: Any) -> Array:
    """y = value everywhere. What fill_ records."""
    return np.full_like(x, value)


fill_values.derivative(x=lambda g: zeros_like(g))
zero_values = fill_values.renamed("ZeroBackward0")
fill_from = copy_values.renamed("FillBackward3")


@op(node_name="ViewAsRealBackward0", view=True)
def view_as_real(x: Array) -> Array:
    """(…,) complex -> (…, 2): real and imaginary parts, over the same memory."""
    return x[..., None].view(x.real.dtype)


@op(node_name="ViewAsComplexBackward0", view=True)
def view_as_complex(x: Array) -> Array:
    """(…, 2) real -> (…,) complex, over the same memory."""
    kind = np.complex128 if x.dtype == np.float64 else np.complex64
    return np.asarray((x if x.strides[-1] == x.itemsize else np.ascontiguousarray(x)).view(kind)[..., 0])


view_as_real.derivative(x=lambda g: view_as_complex(g))
view_as_complex.derivative(x=lambda g: view_as_real(g))


@op(view=True)
def real(x: Array) -> Array:
    """y = Re x."""
    return x.real


@op(view=True)
def imag(x: Array) -> Array:
    """y = Im x."""
    return x.imag


@op
def complex_of(re: Array, im: Array) -> Array:
    """z = re + i im."""
    return np.asarray(re + 1j * im).astype(np.complex128 if re.dtype == np.float64 else np.complex64)


real.derivative(x=lambda g: complex_of(g, zeros_like(g)))
imag.derivative(x=lambda g: complex_of(zeros_like(g), g))
complex_of.derivative(re=lambda g: real(g), im=lambda g: imag(g))
