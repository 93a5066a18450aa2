"""Where a backward pass starts: the tensors, their given gradients, and what is checked of both."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.node import Node, at_result

__all__ = ["GradientEdge", "as_tuple", "check_roots", "first_gradient", "is_edge"]


class GradientEdge(NamedTuple):
    """A place in the graph where a gradient is computed, which `grad` and `backward` take as they take a tensor.

    Source: torch.autograd.graph.GradientEdge.
    """

    node: Any
    output_nr: int
    ownership_token: Any = None


def as_tuple(value: Any) -> tuple[Any, ...]:
    """One tensor, or None, as a tuple of it; edges as tensors without memory."""
    if isinstance(value, TensorBase) or value is None:
        return (value,)
    if isinstance(value, GradientEdge):
        return (_at_edge(value),)
    return tuple(_at_edge(each) if isinstance(each, GradientEdge) else each for each in value)


def is_edge(value: Any, position: int) -> bool:
    """Whether one of what `as_tuple` takes is an edge."""
    if isinstance(value, list | tuple) and not isinstance(value, GradientEdge):
        value = value[position]
    return isinstance(value, GradientEdge)


def _at_edge(edge: GradientEdge) -> Any:
    """The leaf, or a tensor in the place of the node's result."""
    return at_result(edge.node, edge.output_nr) if isinstance(edge.node, Node) else edge.node.variable


def _check_given(tensor: Any, given: Any, position: int) -> None:
    if not isinstance(given, TensorBase):
        raise TypeError("gradients can be either Tensors or None, but got " + type(given).__name__)
    if given._data.shape != tensor._data.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{position}] has a shape of {given.shape!r} and output[{position}] "  # type: ignore[attr-defined]
            f"has a shape of {tensor.shape!r}."
        )
    if (given._data.dtype.kind == "c") != (tensor._data.dtype.kind == "c"):
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. "
            f"Mismatch in dtype: grad_output[{position}] has a dtype of {given.dtype} and output[{position}] "  # type: ignore[attr-defined]
            f"has a dtype of {tensor.dtype}."
        )


def check_roots(tensors: tuple[Any, ...], grads: tuple[Any, ...]) -> None:
    """Raise TypeError or RuntimeError for roots that cannot start a pass, or gradients that do not fit them."""
    for tensor in tensors:
        if tensor._base is not None:
            tensor._sync()
    for position, given in enumerate(grads[: len(tensors)]):
        if given is not None:
            _check_given(tensors[position], given, position)
    if len(grads) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(grads)} gradients")
    for position, tensor in enumerate(tensors):
        if not tensor._requires_grad:
            raise RuntimeError(f"element {position} of tensors does not require grad and does not have a grad_fn")


def first_gradient(tensor: Any, given: Any, create_graph: bool) -> Any:
    """The gradient that starts at a root: what was given, or 1 for a scalar."""
    if given is None:
        if tensor._data.size != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if tensor._data.dtype.kind == "c":
            raise RuntimeError(
                "grad can be implicitly created only for real scalar outputs but got " + str(tensor.dtype)
            )
        seed = (
            np.full(tensor._data.shape, 1, tensor._data.dtype) if tensor._data.ndim else np.array(1, tensor._data.dtype)
        )
        return wrap(seed) if create_graph else seed
    return given if create_graph else given._data
