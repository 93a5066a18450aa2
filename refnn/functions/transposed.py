"""Tensor.T, mT, H, mH, and torch.adjoint."""

from __future__ import annotations

import warnings
from typing import Any

from refnn.autograd.once import warn_once
from refnn.functions._checks import warn
from refnn.functions.shape import permute, transpose
from refnn.ops.creation import conj, is_complex

_IDENTITY = "This function is the identity in these cases."
_CONJ = "Consider using x.conj()."


def _swapped(input: Any) -> Any:
    """Matrices transposed; a 0-dim tensor as it is."""
    return transpose(input, -2, -1) if input._data.ndim else permute(input, ())


def _of_scalar(name: str, input: Any, text: str) -> None:
    if not input._data.ndim:
        warn(f"Tensor.{name} is deprecated on 0-D tensors. {text}")


def _matrices(name: str, input: Any) -> None:
    if input._data.ndim == 1:
        raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.")


def reversed_dims(input: Any) -> Any:
    """x.T: the dimensions in reverse order. Warns for other ranks than 2."""
    _of_scalar("T", input, _IDENTITY)
    if input._data.ndim not in (0, 2):
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
            UserWarning,
            stacklevel=2,
        )
    return permute(input, tuple(range(input._data.ndim))[::-1])


def matrix_transpose(input: Any) -> Any:
    """x.mT: the last two dimensions exchanged. Raises RuntimeError for a vector."""
    _matrices("mT", input)
    _of_scalar("mT", input, _IDENTITY)
    return _swapped(input)


def hermitian(input: Any) -> Any:
    """x.H: a matrix transposed and conjugated. Raises RuntimeError for other ranks, but warns for 0."""
    n = input._data.ndim
    if n not in (0, 2):
        more = " For batches of matrices, consider using tensor.mH" if n > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {n}-D tensor.{more}")
    _of_scalar("H", input, _CONJ)
    return conj(_swapped(input))


def matrix_hermitian(input: Any) -> Any:
    """x.mH: matrices transposed and conjugated. Raises RuntimeError for a vector."""
    _matrices("mH", input)
    _of_scalar("mH", input, _CONJ)
    return conj(_swapped(input))


def adjoint(input: Any) -> Any:
    """Matrices transposed and conjugated: xᴴ. Raises RuntimeError for a vector."""
    if not input._data.ndim:
        warn_once("adjoint() is deprecated on 0-D tensors. Consider using x.conj().")
        return conj(input)
    if input._data.ndim < 2:
        raise RuntimeError(
            f"tensor.adjoint() is only supported on matrices or batches of matrices. Got {input._data.ndim}-D tensor."
        )
    swapped = transpose(input, -2, -1)
    return conj(swapped) if is_complex(input) else swapped
