"""Complex numbers and their parts: torch.complex, torch.real, torch.view_as_real, …"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.inplace import apply_inplace
from refnn.functions._checks import tensor_argument
from refnn.functions._elementwise import broadcast
from refnn.functions._out import FOUND, into
from refnn.ops import complexes as parts
from refnn.ops import creation as ops


def real(input: Any) -> Any:
    """The real part: a view, or input itself where it is real."""
    return ops.real(input) if input._data.dtype.kind == "c" else input


def imag(input: Any) -> Any:
    """The imaginary part. Raises RuntimeError for real tensors."""
    tensor_argument("imag", "input", 1, input)
    if input._data.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return ops.imag(input)


def conj(input: Any) -> Any:
    """The complex conjugate; input itself where it is real."""
    tensor_argument("conj", "input", 1, input)
    return ops.conj(input)


def _check_parts(real: Any, imag: Any, out: Any) -> None:
    """Raise RuntimeError unless both are of one floating dtype, and `out` of the complex one that has it."""
    if any(a._data.dtype not in (np.float16, np.float32, np.float64) for a in (real, imag)):
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{real.dtype.title} and {imag.dtype.title}"
        )
    if real._data.dtype != imag._data.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {real.dtype.title} but got scalar type {imag.dtype.title} for second "
            "argument"
        )
    if out is not None and out.dtype is not real.dtype.to_complex():
        raise RuntimeError(
            f"Expected object of scalar type {real.dtype.to_complex().title} but got scalar type {out.dtype.title} "
            "for argument 'out'"
        )


def complex(real: Any, imag: Any, *, out: Any = None) -> Any:
    """real + i imag. Both are of one dtype: half, single or double.

    Raises RuntimeError for other dtypes, and for two.
    """
    _check_parts(real, imag, out)
    return into(out, broadcast(ops.complex_of, real, imag))


def view_as_real(input: Any) -> Any:
    """Real and imaginary parts along a new last dimension, over the same memory.

    Raises RuntimeError for real tensors.
    """
    tensor_argument("view_as_real", "input", 1, input)
    if input._data.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return ops.view_as_real(input)


def view_as_complex(input: Any) -> Any:
    """The inverse of view_as_real. Raises RuntimeError unless the last dimension has length 2."""
    if not input._data.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input._data.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    *steps, last = input.stride()
    if last != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(step % 2 for step in steps):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if input.storage_offset() % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return ops.view_as_complex(input)


def conj_physical(input: Any, *, out: Any = None) -> Any:
    """The complex conjugate, in memory of its own; input itself where it is real."""
    tensor_argument("conj_physical", "input", 1, input)
    return into(out, ops.conj(input), FOUND)


def conj_physical_(input: Any) -> Any:
    """In place: the complex conjugate."""
    return apply_inplace(ops.conj_physical, input) if input._data.dtype.kind == "c" else input


def resolve_conj(input: Any) -> Any:
    """input itself: conjugates are never put off here."""
    tensor_argument("resolve_conj", "input", 1, input)
    return input


def is_conj(input: Any) -> bool:
    """False: the values lie in memory as they are, also those of a conjugate."""
    tensor_argument("is_conj", "input", 1, input)
    return False


def is_neg(input: Any) -> bool:
    """False: the values lie in memory as they are, also those of a conjugate's imaginary part."""
    tensor_argument("is_neg", "input", 1, input)
    return False


def resolve_neg(input: Any) -> Any:
    """input itself: signs are never put off here."""
    tensor_argument("resolve_neg", "input", 1, input)
    return input


def angle(input: Any, *, out: Any = None) -> Any:
    """The angle of a complex number, in radians; of a real one π below 0, else 0, NaN staying NaN."""
    tensor_argument("angle", "input", 1, input)
    return into(out, parts.angle(input))


def polar(abs: Any, angle: Any, *, out: Any = None) -> Any:
    """abs · e^(i angle). Both are of one dtype. Raises RuntimeError as complex does."""
    _check_parts(abs, angle, out)
    return into(out, broadcast(parts.polar, abs, angle))
