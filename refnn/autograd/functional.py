"""Derivatives of functions: Jacobians, Hessians, and their products with vectors.

f takes tensors x and returns tensors y; J = ∂y/∂x, and for a y of one number H = ∂²y/∂x². Backward passes give vᵀJ.
J v comes from two of them: vᵀJ is linear in v, and its own derivative with respect to v is Jᵀ, so that a second pass
gives (vᵀJᵀ)ᵀ.

With `create_graph` the results can be differentiated again; else they have no history. Where a result does not depend
on what it is differentiated by, it is zero, or with `strict` an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refnn.autograd import engine
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.modes import enable_grad, is_grad_enabled, set_grad_enabled

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

_IN_STRICT = "This is not allowed in strict mode."

# With strict, what is missing and what is constant: {i} is its number.
_OUTPUT_WITHOUT_GRAPH = (
    "Output {i} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode."
)
_OUTPUT_INDEPENDENT = "The output of the user-provided function is independent of input {i}. " + _IN_STRICT
_CONSTANT_GRADIENT = (
    "The gradient with respect to input {i} is independent of the inputs of the user-provided function. " + _IN_STRICT
)
_CONSTANT_JACOBIAN = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {i} is "
    "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice "
    "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for "
    "example)."
)
_JACOBIAN_INDEPENDENT = "The jacobian of the user-provided function is independent of input {i}. " + _IN_STRICT
_JACOBIAN_CONSTANT = _JACOBIAN_INDEPENDENT[:-1] + " when create_graph=True."
_HESSIAN_CONSTANT = _JACOBIAN_CONSTANT.replace("jacobian", "hessian")
_GRADIENT_INDEPENDENT = (
    "The gradient with respect to the input is independent of entry {i} in the grad_outputs when using the double "
    "backward trick to compute forward mode gradients. " + _IN_STRICT
)
_HESSIAN_INDEPENDENT = (
    "The hessian of the user-provided function is independent of entry {i} in the grad_jacobian. This is not allowed "
    "in strict mode as it prevents from using the double backward trick to replace forward mode AD."
)
_FORWARD_MODE = (
    'torch.autograd.functional.jacobian: `{option}=True` and `strategy="forward-mode"` are not supported together '
    '(yet). Please either set `{option}=False` or `strategy="reverse-mode"`.'
)


def _tuple_of(value: Any, what: str, name: str) -> tuple[tuple[Any, ...], bool]:
    """Tensors as a tuple, and whether they were one. Raises TypeError for anything else."""
    several = isinstance(value, tuple)
    tensors = value if several else (value,)
    for position, each in enumerate(tensors):
        if not isinstance(each, TensorBase):
            place = f"value at index {position}" if several else f"given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the {place} has type "
                f"{type(each)}."
            )
    return tensors, several


def _inputs_of(tensors: tuple[Any, ...], create_graph: bool, differentiated: bool = True) -> tuple[Any, ...]:
    """Tensors of the call's own, which a function cannot confuse with those that it holds itself."""
    return tuple(
        t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_(differentiated) for t in tensors
    )


def _vector(v: Any, like: tuple[Any, ...], several: bool, name: str, create_graph: bool, missing: str) -> Any:
    """v as a tuple that fits `like`, or None for 1, which only a single number has. Raises RuntimeError."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if {missing} a single Tensor with a single element.")
        return None
    v = _inputs_of(_tuple_of(v, "v", name)[0], create_graph, differentiated=False)
    if len(v) != len(like):
        if several:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for position, (given, wanted) in enumerate(zip(v, like, strict=True)):
        if given.shape != wanted.shape:
            entry = f"Entry {position} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {wanted.size()} but got {given.size()}.")
    return v


_FOR_INPUT = "the input to the user-provided function is"


def _outputs_of(func: Callable[..., Any], inputs: tuple[Any, ...], name: str, strict: bool) -> tuple[Any, bool]:
    outputs, several = _tuple_of(func(*inputs), "outputs of the user-provided function", name)
    if strict:
        _check(outputs, _OUTPUT_INDEPENDENT, _OUTPUT_WITHOUT_GRAPH)
    return outputs, several


def _number_of(func: Callable[..., Any], inputs: tuple[Any, ...], name: str, strict: bool) -> Any:
    """func's result, which has to be a single number."""
    outputs, several = _outputs_of(func, inputs, name, strict)
    if several:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    return outputs[0]


def _check(tensors: Any, missing: str, constant: str) -> None:
    """Raise RuntimeError for the first that is None, or has no graph."""
    for i, tensor in enumerate(tensors):
        if tensor is None or not tensor.requires_grad:
            raise RuntimeError((missing if tensor is None else constant).format(i=i))


def _grad(outputs: Any, inputs: Any, v: Any, create_graph: bool, retain_graph: bool | None = None) -> Any:
    """vᵀ ∂outputs/∂inputs; None for an input of which nothing depends. Outputs may be None, or constants."""
    given = v or (None,) * len(outputs)
    pairs = [(out, g) for out, g in zip(outputs, given, strict=True) if out is not None and out.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    roots, grads = zip(*pairs, strict=True)
    return engine.grad(roots, inputs, grads, retain_graph, create_graph, allow_unused=True)


def _product(
    outputs: Any, inputs: Any, v: Any, like: Any, create_graph: bool, strict: bool, missing: str, constant: str
) -> tuple[Any, ...]:
    """The pass that gives the result: vᵀ ∂outputs/∂inputs, zeros like `like` for what does not matter."""
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _grad(outputs, inputs, v, create_graph)
        if strict:
            for i, g in enumerate(found):
                if g is None or (create_graph and not g.requires_grad):
                    raise RuntimeError((missing if g is None else constant).format(i=i))
        return tuple(_zeros_like(t) if g is None else g for g, t in zip(found, like, strict=True))


def _zeros_like(tensor: Any, requires_grad: bool = False) -> Any:
    return wrap(np.zeros_like(tensor._data)).requires_grad_(requires_grad)


def _returned(tensors: tuple[Any, ...], several: bool, create_graph: bool) -> Any:
    """Without their history unless it is wanted, and as a tuple if they were one."""
    kept = tensors if create_graph else tuple(t.detach() for t in tensors)
    return kept if several else kept[0]


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(y, vᵀJ) of y = func(*inputs); vᵀJ has the inputs' shapes.

    Args:
        func: takes the inputs, returns a tensor or a tuple of them.
        inputs: a tensor or a tuple of them.
        v: of the outputs' shapes; may be left out where y is one number.
        create_graph: the results can be differentiated.
        strict: raise where y does not depend on an input.

    Raises TypeError for what are no tensors, RuntimeError for a v that does not fit, and as `strict` says.

    Source: torch.autograd.functional.vjp.
    """
    with enable_grad():
        given, several_inputs = _tuple_of(inputs, "inputs", "vjp")
        given = _inputs_of(given, create_graph)
        outputs, several = _outputs_of(func, given, "vjp", strict)
        v = _vector(v, outputs, several, "vjp", create_graph, "the user-provided function returns")
    product = _product(outputs, given, v, given, create_graph, strict, _OUTPUT_INDEPENDENT, _JACOBIAN_CONSTANT)
    return _returned(outputs, several, create_graph), _returned(product, several_inputs, create_graph)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(y, J v) of y = func(*inputs); J v has the outputs' shapes.

    Args: as of `vjp`; v has the inputs' shapes, and may be left out where the input is one number.

    Source: torch.autograd.functional.jvp.
    """
    with enable_grad():
        given, several_inputs = _tuple_of(inputs, "inputs", "jvp")
        given = _inputs_of(given, create_graph)
        v = _vector(v, given, several_inputs, "jvp", create_graph, _FOR_INPUT)
        outputs, several = _outputs_of(func, given, "jvp", strict)
        u = tuple(_zeros_like(out, requires_grad=True) for out in outputs)  # uᵀJ is linear in u: any finite u will do
        products = _grad(outputs, given, u, create_graph=True)
        if strict:
            _check(products, _OUTPUT_INDEPENDENT, _CONSTANT_GRADIENT)
    product = _product(products, u, v, outputs, create_graph, strict, _GRADIENT_INDEPENDENT, _JACOBIAN_CONSTANT)
    return _returned(outputs, several, create_graph), _returned(product, several, create_graph)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """J of y = func(*inputs), of shape (*y.shape, *x.shape), by one backward pass for each number in y.

    Returns a tensor; a tuple of them, one for each input or one for each output, where these are a tuple; a tuple for
    each output of a tuple for each input where both are.

    Args:
        func, inputs, create_graph, strict: as of `vjp`.
        vectorize: not available, as it needs vmap.
        strategy: "reverse-mode", since the other one goes forward through vmap.

    Raises as `vjp`; AssertionError for another strategy, NotImplementedError for "forward-mode", ValueError for
    vectorize.

    Source: torch.autograd.functional.jacobian.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        _refuse_forward_mode(create_graph, strict, vectorize)
    with enable_grad():
        given, several_inputs = _tuple_of(inputs, "inputs", "jacobian")
        given = _inputs_of(given, create_graph)
        outputs, several = _outputs_of(func, given, "jacobian", strict)
        if vectorize:
            _refuse_vectorize(strict)
        rows = [_rows(i, out, given, create_graph, strict) for i, out in enumerate(outputs)]
    found = tuple(_returned(row, several_inputs, create_graph) for row in rows)
    return found if several else found[0]


def _rows(i: int, out: Any, inputs: tuple[Any, ...], create_graph: bool, strict: bool) -> tuple[Any, ...]:
    """The i-th output's Jacobian with respect to each input."""
    from refnn.functions.joining import stack

    columns: list[list[Any]] = [[] for _ in inputs]
    for j in range(out.numel()):
        found = _grad((out.reshape(-1)[j],), inputs, None, create_graph, retain_graph=True)
        for k, g in enumerate(found):
            if strict and g is None:
                raise RuntimeError(
                    f"Output {i} of the user-provided function is independent of input {k}. {_IN_STRICT}"
                )
            if strict and create_graph and not g.requires_grad:
                raise RuntimeError(_JACOBIAN_CONSTANT.format(i=i))
            columns[k].append(_zeros_like(inputs[k]) if g is None else g)
    return tuple(stack(column).view(out.shape + x.shape) for column, x in zip(columns, inputs, strict=True))


def _refuse_forward_mode(create_graph: bool, strict: bool, vectorize: bool) -> None:
    if create_graph:
        raise NotImplementedError(_FORWARD_MODE.format(option="create_graph"))
    if strict:
        raise RuntimeError(_FORWARD_MODE.format(option="strict"))
    if vectorize:
        _refuse_vectorize(strict)
    raise NotImplementedError(
        "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`."
    )


def _refuse_vectorize(strict: bool) -> None:
    if strict:
        raise RuntimeError(
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
            "Please either set `strict=False` or `vectorize=False`."
        )
    raise ValueError("vectorize needs vmap, which refnn does not have: leave it out")


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """H of y = func(*inputs), a single number: the Jacobian of its gradient.

    Returns a tensor of shape (*x.shape, *x.shape), or for a tuple of inputs a tuple of tuples.

    Args: as of `jacobian`; `strict` also refuses a gradient that does not depend on the input.

    Source: torch.autograd.functional.hessian.
    """
    _, several = _tuple_of(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def number(*xs: Any) -> Any:
        return _number_of(func, xs, "hessian", strict).squeeze()

    def gradient(*xs: Any) -> Any:
        found = jacobian(number, xs, create_graph=True)
        if strict:
            _check(found, _OUTPUT_INDEPENDENT, _CONSTANT_JACOBIAN)
        return found

    given = inputs if several else (inputs,)
    found = jacobian(gradient, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if several else found[0][0]


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(y, vᵀH) of y = func(*inputs), a single number; vᵀH has the inputs' shapes.

    Args: as of `vjp`; v has the inputs' shapes, and may be left out where the input is one number.

    Source: torch.autograd.functional.vhp.
    """
    with enable_grad():
        given, several, v, output, gradient = _second_order(func, inputs, v, "vhp", create_graph, strict)
    product = _product(gradient, given, v, given, create_graph, strict, _JACOBIAN_INDEPENDENT, _HESSIAN_CONSTANT)
    return _returned((output,), False, create_graph), _returned(product, several, create_graph)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """(y, H v) of y = func(*inputs), a single number; by the way of J v. `vhp` gives the same, H being symmetric.

    Args: as of `vhp`.

    Source: torch.autograd.functional.hvp.
    """
    with enable_grad():
        given, several, v, output, gradient = _second_order(func, inputs, v, "hvp", create_graph, strict)
        u = tuple(_zeros_like(x, requires_grad=True) for x in given)
        products = _grad(gradient, given, u, create_graph=True)
    product = _product(products, u, v, given, create_graph, strict, _HESSIAN_INDEPENDENT, _HESSIAN_CONSTANT)
    return _returned((output,), False, create_graph), _returned(product, several, create_graph)


def _second_order(
    func: Callable[..., Any], inputs: Any, v: Any, name: str, create_graph: bool, strict: bool
) -> tuple[Any, ...]:
    """(inputs, whether they were a tuple, v, func's number, its gradient with a graph)."""
    given, several = _tuple_of(inputs, "inputs", name)
    given = _inputs_of(given, create_graph)
    v = _vector(v, given, several, name, create_graph, _FOR_INPUT)
    output = _number_of(func, given, name, strict)
    gradient = _grad((output,), given, None, create_graph=True)
    if strict:
        _check(gradient, _OUTPUT_INDEPENDENT, _CONSTANT_JACOBIAN)
    return given, several, v, output, gradient
