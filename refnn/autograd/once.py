"""Warnings that torch gives once in a process, whatever the filters say."""

from __future__ import annotations

import warnings

__all__ = ["CREATE_GRAPH", "DISCARDS_IMAGINARY", "SCALAR", "VOLATILE", "warn_once"]

CREATE_GRAPH = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
    "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break the "
    "cycle and avoid the leak."
)
DISCARDS_IMAGINARY = "Casting complex values to real discards the imaginary part"
SCALAR = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)
VOLATILE = "volatile was removed and now has no effect. Use `with torch.no_grad():` instead."

_given: set[str] = set()


def warn_once(text: str, stacklevel: int = 3) -> None:
    """A UserWarning, the first time only."""
    if text not in _given:
        _given.add(text)
        warnings.warn(text, stacklevel=stacklevel)
