"""Clipping gradients: by their norm taken together, or each value."""

from __future__ import annotations

import functools
import types
import warnings
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

from refnn.autograd.base import Array, wrap
from refnn.autograd.modes import no_grad
from refnn.dtypes import from_numpy, get_default_dtype, promote_types
from refnn.functions.pointwise import clamp
from refnn.tensor import Tensor

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_"]

_TensorOrTensors: TypeAlias = Tensor | Iterable[Tensor]


def _listed(tensors: _TensorOrTensors) -> list[Any]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _grads(parameters: list[Any]) -> list[Any]:
    return [p.grad for p in parameters if p.grad is not None]


def _norm(x: Array, order: float) -> Any:
    """(Σ |x_i|^order)^(1/order); max |x_i| for ∞, min |x_i| for −∞, the count of nonzeros for 0."""
    if x.dtype.kind not in "fcV":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got " + from_numpy(x.dtype).title
        )
    if x.size == 0 and (order < 0 or order == np.inf):
        if order == np.inf:
            raise RuntimeError(
                "_foreach_norm cannot compute the infinity norm on an empty tensor because the operation "
                "does not have an identity"
            )
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {order:g} norm on an empty tensor because the operation "
            "does not have an identity"
        )
    size = np.abs(x).ravel()
    result = size.dtype.type
    if size.dtype.itemsize == 2:
        size = size.astype(np.float32)  # half precision is summed in float32
    if order == 2:
        return result(np.sqrt(np.vecdot(size, size)))
    if order == np.inf or order == -np.inf:
        return result(size.max() if order > 0 else size.min())
    if order == 0:
        return result(np.count_nonzero(size))
    if order == 1:
        return result(size.sum())
    with np.errstate(divide="ignore", over="ignore"):
        return result((size**order).sum() ** (1 / order))


def _get_total_norm(
    tensors: _TensorOrTensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """The norm of all tensors as if they were one vector, as a 0-dim tensor.

    `foreach` names torch's two loops over the tensors, which compute the same; refnn has one.

    Raises RuntimeError for tensors that are neither floating nor complex, and for a norm that is infinite or NaN, if
    `error_if_nonfinite`.

    Source: torch.nn.utils.get_total_norm.
    """
    order = float(norm_type)
    norms = [_norm(t._data, order) for t in _listed(tensors)]
    if not norms:
        return wrap(np.zeros((), get_default_dtype().numpy))
    common = functools.reduce(promote_types, (from_numpy(norm.dtype) for norm in norms)).numpy
    total = _norm(np.stack([norm.astype(common) for norm in norms]), order)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return wrap(total)


def _clip_grads_with_norm_(
    parameters: _TensorOrTensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """grad ← grad · min(1, max_norm / (total_norm + 1e-6)), in place.

    Even at the limit the gradients shrink a little, by the 1e-6.

    Source: torch.nn.utils.clip_grads_with_norm_.
    """
    grads = _grads(_listed(parameters))
    max_norm = float(max_norm)
    if not grads:
        return
    with no_grad():
        coefficient = clamp(max_norm / (total_norm + 1e-6), max=1.0)
        for grad in grads:
            grad.mul_(coefficient)


def clip_grad_norm_(
    parameters: _TensorOrTensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Scale all gradients in place so that their norm, taken together, is at most `max_norm`.

    Returns the norm before. Warns if `parameters` is an exhausted generator. Raises RuntimeError for a norm
    that is infinite or NaN, if `error_if_nonfinite`.

    Source: torch.nn.utils.clip_grad_norm_; Pascanu et al., 2013.
    """
    listed = _listed(parameters)
    if not listed and isinstance(parameters, types.GeneratorType):
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    total_norm = _get_total_norm(_grads(listed), norm_type, error_if_nonfinite, foreach)
    _clip_grads_with_norm_(listed, max_norm, total_norm, foreach)
    return total_norm


def clip_grad_norm(
    parameters: _TensorOrTensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Deprecated: the former name of `clip_grad_norm_`; warns. Source: torch.nn.utils.clip_grad_norm."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: _TensorOrTensors, clip_value: float, foreach: bool | None = None) -> None:
    """grad ← min(max(grad, −clip_value), clip_value), in place, for every gradient.

    Source: torch.nn.utils.clip_grad_value_.
    """
    clip_value = float(clip_value)
    with no_grad():
        for grad in _grads(_listed(parameters)):
            grad.clamp_(min=-clip_value, max=clip_value)
