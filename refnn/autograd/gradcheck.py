"""Gradient checks by finite differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase, wrap
from refnn.autograd.engine import grad
from refnn.autograd.modes import enable_grad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """What a failed check raises."""


def _differentiable(values: Any) -> list[Any]:
    values = (values,) if isinstance(values, TensorBase) else values
    return [v for v in values if isinstance(v, TensorBase) and v.requires_grad]  # type: ignore[attr-defined]


def _outputs(fn: Callable[..., Any], inputs: Sequence[Any]) -> list[Any]:
    got = fn(*inputs)
    return list(got) if isinstance(got, (tuple, list)) else [got]


def _numerical(fn: Callable[..., Any], inputs: Sequence[Any], x: Any, which: int, eps: float) -> Array:
    """J[i, j] = ∂out_j / ∂x_i by central differences; for x = a + ib, ∂Re/∂a + i ∂Re/∂b, torch's convention."""
    flat = x._data.reshape(-1)
    shares = np.shares_memory(flat, x._data)
    if not shares:
        raise ValueError("gradcheck perturbs its inputs in place: they must be contiguous or dense")

    def slope(i: int, step: complex) -> Array:
        kept = flat[i]
        flat[i] = kept + step
        after = _outputs(fn, inputs)[which]._data.copy()
        flat[i] = kept - step
        before = _outputs(fn, inputs)[which]._data.copy()
        flat[i] = kept
        return np.asarray((after - before) / (2 * eps)).reshape(-1)

    rows = []
    for i in range(flat.size):
        real = slope(i, eps)
        rows.append(real.real + 1j * slope(i, 1j * eps).real if flat.dtype.kind == "c" else real)
    out_size = _outputs(fn, inputs)[which]._data.size
    return np.array(rows).reshape(flat.size, out_size)


def _analytical(out: Any, x: Any, seed: complex = 1.0) -> Array:
    """J[i, j] from one backward pass for each output element."""
    columns = []
    for j in range(out._data.size):
        v = np.zeros(out._data.size, out._data.dtype)
        v[j] = seed
        (g,) = grad(out, x, wrap(v.reshape(out._data.shape)), retain_graph=True, allow_unused=True)
        columns.append(np.zeros(x._data.size, x._data.dtype) if g is None else g._data.reshape(-1).copy())
    return np.array(columns).reshape(out._data.size, x._data.size).T


def _fail(raise_exception: bool, message: str) -> bool:
    if raise_exception:
        raise GradcheckError(message)
    return False


def gradcheck(
    func: Callable[..., Any],
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
    inputs = (inputs,) if isinstance(inputs, TensorBase) else tuple(inputs)
    checked = _differentiable(inputs)
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, "
            "but none of the them have requires_grad=True."
        )
    for position, x in enumerate(inputs):
        if isinstance(x, TensorBase) and x.requires_grad and x._data.dtype not in (np.float64, np.complex128):  # type: ignore[attr-defined]
            warnings.warn(
                f"Input #{position} requires gradient and is not a double precision floating point or complex. "
                "This check will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=2,
            )
    with enable_grad():
        outputs = _outputs(func, inputs)
        for which, out in enumerate(outputs):
            if not (isinstance(out, TensorBase) and out.requires_grad):  # type: ignore[attr-defined]
                continue
            if not _check_output(func, inputs, checked, out, which, eps, atol, rtol, nondet_tol, raise_exception):
                return False
        if check_grad_dtypes and not _check_dtypes(outputs, checked, raise_exception):
            return False
        return not check_undefined_grad or _check_undefined(outputs, checked, raise_exception)


def _check_output(
    func: Any, inputs: Any, checked: Any, out: Any, which: int, eps: float, atol: float, rtol: float, nondet: float,
    raise_exception: bool,
) -> bool:  # fmt: skip
    for position, x in enumerate(checked):
        numerical = _numerical(func, inputs, x, which, eps)
        analytical = _analytical(out, x)
        if np.iscomplexobj(out._data) or np.iscomplexobj(x._data):
            numerical = numerical.conj() if np.iscomplexobj(out._data) and not np.iscomplexobj(x._data) else numerical
            if not np.iscomplexobj(x._data):
                numerical, analytical = numerical.real, analytical.real
        if nondet >= 0 and not np.allclose(analytical, _analytical(out, x), rtol=0, atol=nondet, equal_nan=True):
            return _fail(
                raise_exception,
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                "gives different values, although analytical gradient matches numerical gradient.",
            )
        if not np.allclose(analytical, numerical, rtol=rtol, atol=atol):
            return _fail(
                raise_exception,
                f"Jacobian mismatch for output {which} with respect to input {position},\n"
                f"numerical:{wrap(numerical)}\nanalytical:{wrap(analytical)}\n",
            )
    return True


def _check_dtypes(outputs: Any, checked: Any, raise_exception: bool) -> bool:
    for out in _differentiable(outputs):
        grads = grad(out, checked, wrap(np.ones_like(out._data)), retain_graph=True, allow_unused=True)
        for g, x in zip(grads, checked, strict=True):
            if g is not None and g._data.dtype != x._data.dtype:
                return _fail(raise_exception, f"grad has dtype {g.dtype}, its input {x.dtype}")
    return True


def _check_undefined(outputs: Any, checked: Any, raise_exception: bool) -> bool:
    """A gradient that never arrives counts as zero: leave each output out in turn."""
    differentiable = _differentiable(outputs)
    if len(differentiable) < 2:
        return True
    for out in differentiable:
        v = wrap(np.zeros_like(out._data))
        for g in grad(out, checked, v, retain_graph=True, allow_unused=True):
            if g is not None and np.any(g._data != 0):
                return _fail(raise_exception, "Expected backward function to handle undefined output grads.")
    return True


def gradgradcheck(
    func: Callable[..., Any],
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
    inputs = (inputs,) if isinstance(inputs, TensorBase) else tuple(inputs)
    checked = _differentiable(inputs)
    outputs = _differentiable(_outputs(func, inputs))
    if grad_outputs is None:
        seeds = [_random_like(out._data, gen_non_contig_grad_outputs) for out in outputs]
    else:
        seeds = [grad_outputs] if isinstance(grad_outputs, TensorBase) else list(grad_outputs)
    for v in seeds:
        if v._data.dtype.kind in "fc":
            v._requires_grad = True
    count = len(seeds)

    def first_gradient(*args: Any) -> Any:
        given, vs = args[:-count], args[-count:]
        outs = _differentiable(_outputs(func, given))
        wrt = [a for a in given if any(a is c for c in checked)]
        found = grad(outs, wrt, list(vs), create_graph=True, allow_unused=True)
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
