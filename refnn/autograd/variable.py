"""Variable, which older scripts wrap tensors in: every tensor is one."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.once import VOLATILE, warn_once
from refnn.dtypes import get_default_dtype

__all__ = ["Variable", "variable"]


class VariableMeta(type):
    """The type of Variable, which has no instances of its own."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TensorBase)

    def __call__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if volatile and requires_grad:
            raise ValueError("Variable can't be volatile and require_grad at the same time!")
        if volatile:
            warn_once(VOLATILE)
        if data is not None and not isinstance(data, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        found: Any = wrap(np.empty(0, get_default_dtype().numpy)) if data is None else data.detach()  # type: ignore[attr-defined]
        if requires_grad:
            if found._data.dtype.kind not in "fcV":
                raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
            found.requires_grad_()
        return found


class Variable(metaclass=VariableMeta):
    """Variable(data, requires_grad=False): a leaf that shares the tensor's memory.

    Raises TypeError for what is no tensor, RuntimeError for integers that shall require grad.

    Source: torch.autograd.Variable.
    """


def variable(*args: Any, **kwargs: Any) -> Any:
    """What `tensor` is now. Raises RuntimeError."""
    raise RuntimeError("torch.autograd.variable(...) is deprecated, use torch.tensor(...) instead")
