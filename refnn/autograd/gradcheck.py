"""Gradient checks by finite differences.

A complex number counts as two real ones: for x = a + ib the gradient of a real L is ∂L/∂a + i ∂L/∂b, and an
output stands for its real and its imaginary part.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase, wrap
from refnn.autograd.engine import grad
from refnn.autograd.modes import enable_grad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

Function = Callable[..., Any]


class GradcheckError(RuntimeError):
    """What a failed check raises."""


def _as_tuple(values: Any) -> tuple[Any, ...]:
    return tuple(values) if isinstance(values, (tuple, list)) else (values,)


def _differentiable(values: Any) -> list[Any]:
    return [v for v in _as_tuple(values) if isinstance(v, TensorBase) and v.requires_grad]  # type: ignore[attr-defined]


# Jacobians ----------------------------------------------------------------------------------------------


def _coordinates(array: Array) -> Array:
    """The elements as real numbers in a row: a complex one as its real and its imaginary part."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _numerical(fn: Function, inputs: Sequence[Any], x: Any, eps: float) -> list[Array]:
    """For each output J[i, j] = ∂out_j / ∂x_i by central differences, in coordinates."""
    data = x._data

    def outputs_at(place: tuple[int, ...], value: Any) -> list[Array]:
        data[place] = value
        return [_coordinates(out._data).copy() for out in _as_tuple(fn(*inputs))]

    rows: list[list[Array]] = []
    for place in np.ndindex(data.shape):
        kept = data[place]
        for step in (eps, 1j * eps) if data.dtype.kind == "c" else (eps,):
            after, before = outputs_at(place, kept + step), outputs_at(place, kept - step)
            rows.append([(a.astype(float) - b) / (2 * eps) for a, b in zip(after, before, strict=True)])
        data[place] = kept
    sizes = [_coordinates(out._data).size for out in _as_tuple(fn(*inputs))]
    return [np.array([row[k] for row in rows]).reshape(len(rows), n) for k, n in enumerate(sizes)]


def _analytical(out: Any, inputs: Sequence[Any]) -> list[Array]:
    """For each input J[i, j], from one backward pass for each coordinate of the output."""
    columns: list[list[Array]] = [[] for _ in inputs]
    for place in np.ndindex(out._data.shape):
        for unit in (1, 1j) if out._data.dtype.kind == "c" else (1,):
            v = np.zeros(out._data.shape, out._data.dtype)
            v[place] = unit
            found = grad(out, inputs, wrap(v), retain_graph=True, allow_unused=True)
            for column, g, x in zip(columns, found, inputs, strict=True):
                column.append(_coordinates(np.zeros_like(x._data) if g is None else g._data))
    return [
        np.array(column).reshape(len(column), _coordinates(x._data).size).T
        for column, x in zip(columns, inputs, strict=True)
    ]


# First derivatives --------------------------------------------------------------------------------------


def gradcheck(
    func: Function,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
) -> bool:
    """Compare the derivative rules of `func` at `inputs` with central differences.

    |analytical − numerical| ≤ atol + rtol |numerical|, element by element. Inputs should be float64.

    Args:
        func: takes tensors, returns a tensor or a tuple of them.
        inputs: the tensors; those that require grad are checked.
        eps: the step of the difference.
        atol, rtol: the bound.
        raise_exception: raise on failure, rather than return False.
        nondet_tol: how far two backward passes may differ.
        check_undefined_grad: also check that outputs without a gradient are allowed for.
        check_grad_dtypes: also check that gradients have their inputs' dtypes.

    Raises:
        GradcheckError: on failure. ValueError: no input requires grad.
    """
    inputs = _as_tuple(inputs)
    checked = _differentiable(inputs)
    _check_inputs(inputs, checked)
    try:
        with enable_grad():
            outputs = _as_tuple(func(*inputs))
            _compare(func, inputs, checked, outputs, eps, atol, rtol, nondet_tol)
            if check_grad_dtypes:
                _check_dtypes(outputs, checked)
            if check_undefined_grad:
                _check_undefined(outputs, checked)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check_inputs(inputs: Sequence[Any], checked: Sequence[Any]) -> None:
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for position, x in enumerate(inputs):
        if any(x is c for c in checked) and x._data.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{position} requires gradient and is not a double precision floating point or complex. "
                "This check will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=3,
            )


def _compare(
    func: Function, inputs: Any, checked: Any, outputs: Any, eps: float, atol: float, rtol: float, nondet: float
) -> None:
    numerical = [_numerical(func, inputs, x, eps) for x in checked]
    if not _differentiable(outputs) and any(np.any(slopes != 0) for found in numerical for slopes in found):
        raise GradcheckError("Numerical gradient for function expected to be zero")
    for which, out in enumerate(outputs):
        if not _differentiable(out):
            continue
        analytical = _analytical(out, checked)
        again = _analytical(out, checked) if nondet >= 0 else analytical
        for position, (found, repeated) in enumerate(zip(analytical, again, strict=True)):
            expected = numerical[position][which]
            if not np.allclose(found, repeated, rtol=0, atol=nondet, equal_nan=True):
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                    "gives different values, although analytical gradient matches numerical gradient.The tolerance "
                    f"for nondeterminism was {nondet}."
                )
            if not np.allclose(found, expected, rtol=rtol, atol=atol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {which} with respect to input {position},\n"
                    f"numerical:{wrap(expected)}\nanalytical:{wrap(found)}\n"
                )


def _check_dtypes(outputs: Any, checked: Any) -> None:
    for out in _differentiable(outputs):
        grads = grad(out, checked, wrap(np.ones_like(out._data)), retain_graph=True, allow_unused=True)
        for g, x in zip(grads, checked, strict=True):
            if g is not None and g._data.dtype != x._data.dtype:
                raise GradcheckError(f"grad has dtype {g.dtype}, its input {x.dtype}")


def _check_undefined(outputs: Any, checked: Any) -> None:
    """A gradient that never arrives counts as zero: one output alone, given zeros, passes nothing on."""
    differentiable = _differentiable(outputs)
    if len(differentiable) < 2:
        return
    for out in differentiable:
        v = wrap(np.zeros_like(out._data))
        for g in grad(out, checked, v, retain_graph=True, allow_unused=True):
            if g is not None and np.any(g._data != 0):
                raise GradcheckError("Expected backward function to handle undefined output grads.")


# Second derivatives -------------------------------------------------------------------------------------


def gradgradcheck(
    func: Function,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
) -> bool:
    """gradcheck of the gradient itself: (inputs, v) -> vᵀ J, differentiated again.

    Args:
        grad_outputs: v for each output; random where None (from a fixed stream of its own).
        gen_non_contig_grad_outputs: make the random v non-contiguous.
        The rest as in `gradcheck`.
    """
    inputs = _as_tuple(inputs)
    wanted = [k for k, x in enumerate(inputs) if _differentiable(x)]
    with enable_grad():
        outputs = _differentiable(func(*inputs))
    if grad_outputs is None:
        seeds = [_random_like(out._data, gen_non_contig_grad_outputs) for out in outputs]
        for v in seeds:
            v._requires_grad = True
    else:
        seeds = list(_as_tuple(grad_outputs))
    count = len(inputs)

    def first_gradient(*args: Any) -> Any:
        given, vs = args[:count], args[count:]
        outs = _differentiable(func(*given))
        found = grad(outs, [given[k] for k in wanted], list(vs), create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        first_gradient, (*inputs, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
    )  # fmt: skip


def _random_like(array: Array, non_contiguous: bool) -> Any:
    source = np.random.RandomState(0)
    shape = (*array.shape, 2) if non_contiguous else array.shape
    values = source.uniform(-1, 1, shape).astype(array.dtype)
    if array.dtype.kind == "c":
        values = values + 1j * source.uniform(-1, 1, shape)
    return wrap(np.asarray(values[..., 0] if non_contiguous else values))
